"""The API gateway."""

from fastapi import FastAPI
from fastapi.responses import ORJSONResponse

from app.routes import router

app = FastAPI(title="api-gateway", default_response_class=ORJSONResponse)
app.include_router(router)
