"""A block: its number, its predecessor and the root over what it holds."""

from pydantic import BaseModel

from blockchain.utils.digest import merkle_root


class Block(BaseModel):
    height: int
    previous: str
    root: str

    @classmethod
    def over(cls, height: int, previous: str, entries: list[str]) -> "Block":
        return cls(height=height, previous=previous, root=merkle_root([entry.encode() for entry in entries]))
