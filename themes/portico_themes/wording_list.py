"""Every text a tenant may say in its own words: what it is, how long it may be, which values it may name, and ours.

Ours are the messages of the catalogue, so that a tenant that sets nothing says what it always said. Of several the
first one counts whose values are all there. Lengths were tried in the layout, at 390 pixels and with the longest words.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from portico_themes.texts import N_

PORTAL = "portal"
MAILS = "mails"
LINE, PARAGRAPHS = 120, 600

# What a text may name in braces, and what each stands for.
PLACEHOLDERS: Mapping[str, str] = {
    "company": N_("your name"),
    "portal": N_("the address of your portal"),
    "phone": N_("your telephone number"),
    "hours": N_("when you answer it"),
    "name": N_("the reader’s name"),
    "inviter": N_("who invites"),
    "place": N_("the company the reader is to work for"),
    "amount": N_("the amount"),
    "payment": N_("the payment’s number"),
    "day": N_("the day on which it settled"),
}
EVERYWHERE = ("company", "phone", "hours")
IN_MAILS = (*EVERYWHERE, "portal")


class Text(NamedTuple):
    """One text. `brand` names the field of the brand that stands between the tenant's words and ours; `instead` the
    text that does, where this one is not set."""

    key: str
    label: str
    longest: int
    names: tuple[str, ...] = EVERYWHERE
    ours: tuple[str, ...] = ()
    is_long: bool = False
    brand: str = ""
    instead: str = ""
    hint: str = ""


class Group(NamedTuple):
    """Texts that are seen together: those of the pages, those of all mails, those of one kind of mail. A mail that
    nothing sends yet is not offered to anybody to word."""

    key: str
    label: str
    texts: tuple[Text, ...]
    hint: str = ""
    is_sent: bool = True


CLOSING = Text(
    "mails.closing",
    N_("Last lines"),
    400,
    IN_MAILS,
    (
        N_("Something wrong with it? Reply to this mail, or call %(phone)s (%(hours)s)."),
        N_("Something wrong with it? Reply to this mail, or call %(phone)s."),
        N_("Something wrong with it? Reply to this mail."),
    ),
    is_long=True,
)


def _mail(
    key: str,
    label: str,
    names: tuple[str, ...],
    *,
    subject: tuple[str, ...],
    headline: str,
    opening: tuple[str, ...],
    is_sent: bool = True,
) -> Group:
    known = (*names, *IN_MAILS)
    return Group(
        key,
        label,
        (
            Text(f"{key}.subject", N_("Subject"), LINE, known, subject),
            Text(f"{key}.headline", N_("First line"), LINE, known, (headline,)),
            Text(f"{key}.opening", N_("What it says"), PARAGRAPHS, known, opening, is_long=True),
            Text(f"{key}.closing", N_("Last lines"), 400, known, is_long=True, instead=CLOSING.key),
        ),
        is_sent=is_sent,
    )


GROUPS = (
    Group(
        PORTAL,
        N_("Pages"),
        (
            Text(
                "welcome", N_("Welcome line"), 160, ours=("{company}",), brand="welcome", hint=N_("Beside the sign-in")
            ),
            Text(
                "sign_in",
                N_("Sentence at the sign-in"),
                160,
                ours=(N_("See your invoices and pay them."),),
                brand="sign_in_line",
                hint=N_("Under its heading"),
            ),
            Text(
                "contact",
                N_("Sentence above your contact details"),
                240,
                ours=(N_("Your account with %(company)s, open day and night. Need a person? We answer."),),
                is_long=True,
                hint=N_("Beside the sign-in, on wide screens"),
            ),
            Text("desk", N_("Who answers"), 40, (), brand="desk", hint=N_("Before your telephone number")),
            Text("hours", N_("When you answer"), 60, (), brand="hours", hint=N_("Beside it")),
            Text(
                "legal",
                N_("Legal line"),
                300,
                is_long=True,
                brand="legal_line",
                hint=N_("At the foot of pages, mails and papers"),
            ),
        ),
    ),
    Group(MAILS, N_("All mails"), (CLOSING,), N_("For every mail that has no last lines of its own.")),
    _mail(
        "invitation",
        N_("Invitation"),
        ("name", "inviter", "place"),
        subject=(N_("%(inviter)s invites you to work for %(place)s"),),
        headline=N_("%(inviter)s invites you"),
        opening=(
            N_("The portal of %(company)s is open to you, for %(place)s. Accept the invitation, and you are in."),
        ),
    ),
    _mail(
        "reset",
        N_("New password"),
        ("name",),
        subject=(N_("Choose a new password for %(company)s"),),
        headline=N_("Choose a new password"),
        opening=(
            N_(
                "Somebody asked for this on the sign-in page, most likely you."
                " If it was not you, do nothing: your password stays as it is."
            ),
        ),
    ),
    _mail(
        "sign_in_link",
        N_("Sign-in link"),
        ("name",),
        subject=(N_("Your sign-in link for %(company)s"),),
        headline=N_("Your sign-in link"),
        opening=(N_("Open it on the device on which you want to sign in."),),
        is_sent=False,
    ),
    _mail(
        "receipt",
        N_("Receipt"),
        ("name", "amount", "payment", "day"),
        subject=(N_("Receipt: %(amount)s paid on %(day)s"), N_("Receipt: %(amount)s paid")),
        headline=N_("We have your %(amount)s. Thank you."),
        opening=(
            N_("%(name)s, your payment %(payment)s settled on %(day)s. This is what it paid."),
            N_("%(name)s, your payment %(payment)s has settled. This is what it paid."),
        ),
    ),
    _mail(
        "debit_on_its_way",
        N_("Bank debit on its way"),
        ("name", "amount", "payment"),
        subject=(N_("Your bank debit of %(amount)s is on its way"),),
        headline=N_("%(amount)s is on its way from your bank."),
        opening=(
            N_(
                "%(name)s, there is nothing more for you to do."
                " Until it has settled these invoices show Processing and cannot be paid twice."
            ),
        ),
    ),
    _mail(
        "debit_refused",
        N_("Bank debit refused"),
        ("name", "amount", "payment"),
        subject=(N_("Your payment of %(amount)s was refused"),),
        headline=N_("%(amount)s was refused. Nothing was taken."),
        opening=(N_("%(name)s, these invoices are open again. You can pay another way."),),
    ),
)
PARTS = ("subject", "headline", "opening", "closing")  # of a mail


def _all() -> Iterator[Text]:
    for group in GROUPS:
        yield from group.texts


TEXTS: Mapping[str, Text] = {text.key: text for text in _all()}
KINDS = frozenset(group.key for group in GROUPS) - {PORTAL, MAILS}
