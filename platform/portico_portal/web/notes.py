"""Notes that outlive one redirect ("3 invoices paid"): a short cookie of keys, never of free text."""

from typing import Any, NamedTuple

from litestar import Litestar, Request
from litestar.response import Redirect
from litestar.response.base import ASGIResponse

from portico_portal.web import cookies
from portico_themes.texts import N_

NOTE_COOKIE = "note"
NOTE_SECONDS = 60


class Note(NamedTuple):
    """What layouts show: kind is ok, info, warn or danger."""

    kind: str
    title: str
    text: str = ""


KNOWN: dict[str, Note] = {
    "invited": Note("ok", N_("The invitation is on its way."), N_("It is good for seven days.")),
    "invitation_withdrawn": Note("ok", N_("The invitation is withdrawn.")),
    "role_changed": Note("ok", N_("The role is changed."), N_("It counts from the next click.")),
    "member_removed": Note("ok", N_("Access has ended."), N_("It counts from the next click.")),
    "saved": Note("ok", N_("Saved.")),
    "password_changed": Note("ok", N_("Your password is changed."), N_("All other devices are signed out.")),
    "session_ended": Note("ok", N_("That device is signed out.")),
    "signed_out": Note("ok", N_("You are signed out.")),
    "sync_started": Note("ok", N_("Fetching has started.")),
    "sync_paused": Note("info", N_("Fetching is paused.")),
    "posting_retried": Note("ok", N_("It is being tried again.")),
}

LATE = Note(
    "info",
    N_("What you send is kept. Mails and bookings leave a little later than usual."),
    N_("You need not send anything twice."),
)


def notes_of(cookie: str) -> tuple[Note, ...]:
    """The notes that a cookie's value names; what it does not know it leaves out."""
    return tuple(KNOWN[key] for key in cookie.split(".") if key in KNOWN)


class RedirectWithNote(Redirect):
    """Sets the note's cookie as it is sent: only then is it known whether the portal is on https."""

    def __init__(self, path: str, key: str) -> None:
        super().__init__(path, status_code=303)
        self._key = key

    def to_asgi_response(self, app: Litestar | None, request: Request[Any, Any, Any], **options: Any) -> ASGIResponse:
        """With the cookie."""
        settings = request.scope["state"]["resources"].settings
        self.set_cookie(cookies.make(settings, NOTE_COOKIE, self._key, max_age=NOTE_SECONDS))
        return super().to_asgi_response(app, request, **options)


def redirect_with_note(path: str, key: str) -> Redirect:
    """303 to a page of ours that shows the note."""
    return RedirectWithNote(path, key)
