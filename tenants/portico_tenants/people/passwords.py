"""Passwords: argon2id at 19 MiB, two passes, one lane (measured: 28 ms), off the event loop in a bounded pool."""

import re
from collections.abc import Callable, Iterable

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portico_core.errors import Invalid

MIN_LENGTH, MAX_LENGTH = 10, 200
FEWEST_GUESSES = 10**8  # of somebody who knows the common passwords, sequences, dates, and whose portal it is
LOOKED_AT = 40  # characters that are estimated; more cost time and tell nothing
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# The hash of a password nobody has: verified where the address is unknown, so that time does not tell.
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$QFdBUoVuihVashuPoEPH6Q$5D4tHanBV4FTnFk0DYp1AChKygZELPjNsMsgQm9ac0k"


class Passwords:
    """Hashes and verifies, at most `at_once` at a time: a sign-in storm waits here and starves nothing else.

    `worked` is told the cost ("m=19456,t=2,p=1") of each computation that was done.
    """

    def __init__(self, at_once: int = 2, *, worked: Callable[[str], None] = lambda _: None) -> None:
        self._limiter = anyio.CapacityLimiter(at_once)
        self._worked = worked

    async def hash(self, password: str) -> str:
        """The encoded hash to store."""
        made: str = await anyio.to_thread.run_sync(_hasher.hash, password, limiter=self._limiter)
        self._worked(_cost(made))
        return made

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits; without a stored hash the same work is done and the answer is no."""
        looked_at = stored or _NOBODYS
        try:
            await anyio.to_thread.run_sync(_hasher.verify, looked_at, password, limiter=self._limiter)
            fits = stored is not None
        except InvalidHashError:
            return False
        except VerificationError:
            fits = False
        self._worked(_cost(looked_at))
        return fits


def check_new(password: str, *, email: str, about: Iterable[str] = (), field: str = "password") -> None:
    """Refuse a new password that is too short, too long, the address itself or easily guessed by somebody who knows
    what is `about` the person: the distributor's name, the portal's host. No rules about signs and digits."""
    if len(password) < MIN_LENGTH:
        raise Invalid(fields={field: "Use at least 10 characters. Three or four words together do well."})
    if len(password) > MAX_LENGTH:
        raise Invalid(fields={field: "Use at most 200 characters."})
    if password.strip().lower() in (email, email.partition("@")[0]):
        raise Invalid(fields={field: "Use something else than your email address."})
    known = (email, *about)
    if _letters(password) in map(_letters, known) or _guesses(password, known) < FEWEST_GUESSES:
        raise Invalid(fields={field: "This is easily guessed. Three or four unrelated words together do well."})


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text.lower())


def _guesses(password: str, known: Iterable[str]) -> float:
    from zxcvbn import zxcvbn  # its word lists take a fifth of a second, which most processes never need

    words = {word for text in known for word in re.split(r"[^\w]+", text.lower()) if len(word) > 2}
    return float(zxcvbn(password[:LOOKED_AT], user_inputs=sorted(words))["guesses"])


def _cost(encoded: str) -> str:
    return encoded.split("$")[3]
