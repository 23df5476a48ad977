"""Passwords are hashed off the event loop, a few at a time, and the unknown cost what the known cost."""

import time

import pytest

from portico_core.errors import Invalid
from portico_tenants.people.passwords import Passwords, check_new


async def test_a_password_fits_its_hash_and_no_other() -> None:
    passwords = Passwords()
    stored = await passwords.hash("four words together well")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(stored, "four words together well")
    assert not await passwords.verify(stored, "four words together wel")
    assert not await passwords.verify("not a hash", "four words together well")


async def test_without_a_stored_hash_the_same_work_is_done_and_nothing_fits() -> None:
    passwords = Passwords()
    stored = await passwords.hash("four words together well")

    async def cpu_seconds(hash_or_none: str | None) -> float:
        started = time.process_time()
        for _ in range(8):
            assert not await passwords.verify(hash_or_none, "x" * 40)
        return time.process_time() - started

    await cpu_seconds(stored)
    assert 0.5 < await cpu_seconds(None) / await cpu_seconds(stored) < 2


@pytest.mark.parametrize("password", ["short", "x" * 201, "pat@ashdown.example", "Pat.Nash-Longname"])
def test_a_poor_new_password_is_refused_at_its_field(password: str) -> None:
    email = "pat.nash-longname@ashdown.example" if password.startswith("Pat") else "pat@ashdown.example"
    with pytest.raises(Invalid) as refused:
        check_new(password, email=email)
    assert list(refused.value.fields) == ["password"]
