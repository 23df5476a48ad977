"""How requests to NetSuite are signed. Every attempt is signed anew: a nonce is good for one request."""

from typing import Protocol


class Auth(Protocol):
    """Signs requests."""

    async def header(self, method: str, url: str) -> str:
        """The Authorization header for one attempt at a request; `url` with its query as it will be sent."""
        ...

    def renew(self, refused: str) -> bool:
        """Told that the ERP refused the header `refused`; whether another attempt makes sense."""
        ...
