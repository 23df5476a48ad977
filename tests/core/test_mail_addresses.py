"""What may be typed as a mail's address is what a mail can have, and who types something else is told what is wrong."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from portico_core.errors import Invalid
from portico_core.mail_addresses import check, check_shape, header_address, is_writable

NONE = ("", "pat", "@a.example", "pat@", "pat@host", "a b@c.example", "a\r@c.example", "a@b@c.example")
SIGNS = (
    "sales@north.example,",
    "a,b@x.example",
    "x@y.example;",
    "<a@b.example>",
    "x@y.[z",
    "x@[1.2.3.4]",
    "a(b)@c.example",
)
DOTS = ("a..b@x.example", "x@y.example.", ".a@x.example", "a.@x.example", "x@.example")
REFUSED = {
    "Enter an email address": NONE,
    "commas": SIGNS,
    "plain letters": ("büro@firma.example",),
    "a dot stands": DOTS,
}
TAKEN = ("pat@a.example", "o'hara+1@x.example", "a.b-c_d@sub.x.example", "info@müller.example")


@pytest.mark.parametrize(("says", "text"), [(says, text) for says, texts in REFUSED.items() for text in texts])
def test_what_no_mail_can_have_is_refused_with_what_is_wrong(says: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(text, field="to")
    assert says in refused.value.fields["to"]


@pytest.mark.parametrize("text", TAKEN)
def test_what_is_taken_can_be_written_for_every_server(text: str) -> None:
    check(text)
    mail = EmailMessage()
    mail["To"] = header_address(text)

    assert mail.as_bytes(policy=SMTP).decode("ascii").startswith(f"To: {text.replace('müller', 'xn--mller-kva')}\r\n")


@pytest.mark.parametrize(
    "text", ["", "sales@[x", "x@y[.z", "sales@north.example,", "a..b@x.example", "x@straße.example"]
)
def test_what_was_stored_before_is_known_as_unwritable(text: str) -> None:
    assert not is_writable(text)


def test_another_domain_is_not_made_of_one_that_is_written_alike() -> None:
    assert header_address("x@straße.example").domain == "straße.example"


def test_whoever_has_such_an_address_may_still_say_it() -> None:
    check_shape("büro@firma.example")
