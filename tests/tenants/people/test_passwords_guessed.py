"""New passwords that somebody would guess are refused; anything else is taken, whatever signs it is made of."""

import pytest

from portico_core.errors import Invalid
from portico_tenants.people.passwords import Passwords, check_new

EMAIL = "pat.nash@ashdown.example"
ABOUT = ("Stanmoor Fasteners", "orders.stanmoor-fasteners.example")


@pytest.mark.parametrize(
    "password",
    [
        "qwertyuiop",
        "1234567890",
        "q1w2e3r4t5",
        "Password123!",
        "P4$$w0rd12",
        "passwordpassword",
        "aaaaaaaaaaaaaaaa",
        "abc123abc123abc123",
        "stanmoor2024",
        "Stanmoor-Fasteners",
        "fasteners1",
        "ashdown2026",
        "nash1nash1nash1",
    ],
)
def test_what_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_new(password, email=EMAIL, about=ABOUT)
    assert "easily guessed" in refused.value.fields["password"]


@pytest.mark.parametrize(
    "password",
    [
        "heron thistle quarry",
        "four words together well",
        "nurkleinebuchstabenhier",
        "94716 20385 61",
        "ünïcödé schlüsselbund",
        "日本語のパスワードです長い",
        " leading and trailing blanks ",
        "x9" + "kq vz wy " * 7,
        "stanmoor heron thistle quarry",
    ],
)
def test_anything_else_is_taken(password: str) -> None:
    check_new(password, email=EMAIL, about=ABOUT)


async def test_a_password_is_what_was_typed_to_its_last_blank() -> None:
    passwords = Passwords()
    stored = await passwords.hash(" heron Thistle ")
    assert await passwords.verify(stored, " heron Thistle ")
    for other in ("heron Thistle", " heron thistle ", " heron Thistle  "):
        assert not await passwords.verify(stored, other)
