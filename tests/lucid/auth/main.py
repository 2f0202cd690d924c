"""The authentication service: hands out signed tokens."""

import os

import psycopg2.extensions
import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

from auth import tokens

app = FastAPI(title="auth-service")


class Login(BaseModel):
    user: str = Field(min_length=1, max_length=64)


@app.get("/health")
def health() -> dict:
    return {"status": "healthy"}


@app.get("/auth/store")
def store() -> dict:
    # Compiled for this image, and linked against a library that the runtime image does not have.
    return {"libpq": psycopg2.extensions.libpq_version()}


@app.post("/auth/login")
def login(request: Login) -> dict:
    return {"token": tokens.sign({"sub": request.user})}


@app.get("/auth/whoami")
def whoami(token: str) -> dict:
    claims = tokens.verify(token)
    if claims is None:
        raise HTTPException(401, "not a token of ours")
    return claims


if __name__ == "__main__":
    uvicorn.run("auth.main:app", host="0.0.0.0", port=int(os.environ.get("AUTH_SERVICE_PORT", "8089")))
