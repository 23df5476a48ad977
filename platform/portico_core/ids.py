"""Identifiers. UUIDv7 for rows: they sort by creation, which keeps indexes tight; made in Python for PostgreSQL 15."""

import hashlib
import os
import secrets
import time
from uuid import UUID


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, 74 random bits. Not guessable, sorts by time."""
    value = int.from_bytes(os.urandom(16))
    value &= ~(0xFFFF_FFFF_FFFF << 80)
    value |= (time.time_ns() // 1_000_000) << 80
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def new_token() -> str:
    """256 random bits, URL-safe: for cookies and links. Store `hash_token` of it, never the token."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """SHA-256 of a token: what is stored of it. The tokens are random, so no salt and no slow hash."""
    return hashlib.sha256(token.encode()).digest()
