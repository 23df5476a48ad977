"""Errors sorted by what happens next, not by where they broke.

    PorticoError
      Told            the person who asked is told, in words; a job stops and logs it as normal
        NotFound      404  it is not there, or it is not yours: the same words for both
        Forbidden     403  it is yours to see, not yours to do
        Gone          410  a link that was good once
        Conflict      409  the world moved on meanwhile
        Invalid       422  what was typed cannot be used; `fields` says where
        TooMany       429  wait, then repeat; `retry_after_seconds`
        SignInNeeded  303  to the sign-in page, and back
      Unavailable     503  something we need is down; a job is retried
        AtRest        503  the tenant waits for its migration; a job ends, the scheduler sends it again afterwards

Areas subclass these beside the code that raises them; the status lives on the class and one handler in
`portico_portal.web.errors` turns it into a page or JSON. Anything else is a defect of ours: 500.
Texts carry no credentials and no foreign data; those go to the log.
"""

from collections.abc import Mapping


class PorticoError(Exception):
    """Root of everything raised on purpose."""

    status = 500


class Told(PorticoError):
    """Somebody is told: `str(error)` is a sentence in the reader's language or a message key of gettext."""

    status = 400

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or self.__doc__ or "")
        self.sentence = sentence


class NotFound(Told):
    """There is no such page here."""

    status = 404


class Forbidden(Told):
    """Your role does not include this."""

    status = 403


class Gone(Told):
    """This link is no longer good."""

    status = 410


class Conflict(Told):
    """This has changed meanwhile."""

    status = 409


class Invalid(Told):
    """What was typed cannot be used.

    `fields` maps a form field's name to the sentence shown at it; an empty mapping means the sentence is for
    the whole form.
    """

    status = 422

    def __init__(self, sentence: str = "", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.fields = dict(fields or {})


class TooMany(Told):
    """Too many tries."""

    status = 429

    def __init__(self, sentence: str = "", *, retry_after_seconds: int) -> None:
        super().__init__(sentence)
        self.retry_after_seconds = retry_after_seconds


class SignInNeeded(Told):
    """Sign in to see this."""

    status = 303


class Unavailable(PorticoError):
    """Something we depend on does not answer; trying later may work.

    `sentence` is a message key of gettext, where a person can be told more than that we are not reachable.
    """

    status = 503
    sentence = ""


class AtRest(Unavailable):
    """No work is done for this tenant at the moment; what it is owed stays in its rows."""
