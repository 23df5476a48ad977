"""The pages of the demo's mail view. Every text of a mail is escaped; its HTML is shown in a closed frame alone."""

from collections.abc import Sequence
from html import escape

from portico_portal.local.caughtmail import CaughtMail

STYLE = """
:root { color-scheme: light dark; --line: #d9dce1; --soft: #6b7280; --fill: #f5f6f8; --link: #1d4ed8; }
@media (prefers-color-scheme: dark) { :root { --line: #3a3f47; --soft: #9aa3af; --fill: #1d2025; --link: #8ab4ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 48px; max-width: 920px; font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 4px; font-size: 20px; line-height: 1.3; overflow-wrap: anywhere; }
p { margin: 0 0 20px; color: var(--soft); }
a { color: var(--link); }
ol { margin: 0; padding: 0; list-style: none; border-top: 1px solid var(--line); }
li a { display: grid; grid-template-columns: 1fr auto; gap: 0 16px; padding: 10px 8px; color: inherit;
  text-decoration: none; border-bottom: 1px solid var(--line); }
li a:hover, li a:focus-visible { background: var(--fill); }
li strong { font-weight: 600; overflow-wrap: anywhere; }
li span, time { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
time { font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 12px 0 16px; font-size: 14px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
nav { display: flex; gap: 16px; margin-bottom: 16px; font-size: 14px; }
nav a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
iframe { width: 100%; height: 70vh; border: 1px solid var(--line); background: #fff; }
pre { padding: 16px; border: 1px solid var(--line); background: var(--fill); white-space: pre-wrap;
  overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, monospace; }
"""


def list_page(mails: Sequence[CaughtMail]) -> str:
    rows = "".join(
        f'<li><a href="/mails/{escape(mail.id)}"><strong>{escape(mail.subject or "(no subject)")}</strong>'
        f"{_time(mail)}<span>{escape(', '.join(mail.recipients))} · from {escape(mail.sender)}</span></a></li>"
        for mail in mails
    )
    shown = f"<ol>{rows}</ol>" if rows else "<p>Nothing yet. Mails appear here as the worker sends them.</p>"
    intro = "Nothing here was sent to anybody. The page looks for new mails every five seconds."
    return _page("Mails", f"<h1>Mails</h1><p>{intro}</p>{shown}", refresh=True)


def mail_page(mail: CaughtMail, view: str) -> str:
    views = [name for name in ("html", "text", "raw") if name == "raw" or getattr(mail, name)]
    tabs = "".join(
        f'<a href="/mails/{escape(mail.id)}?view={name}"{" aria-current=page" if name == view else ""}>'
        f"{name.upper() if name == 'html' else name.capitalize()}</a>"
        for name in views
    )
    facts = {"From": mail.sender, "To": ", ".join(mail.recipients), "Message-ID": mail.message_id}
    if mail.attachments:
        facts["Attached"] = ", ".join(mail.attachments)
    described = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    if view == "html":
        source = f"/mails/{escape(mail.id)}/html"
        sandbox = "allow-popups allow-popups-to-escape-sandbox"
        shown = f'<iframe sandbox="{sandbox}" src="{source}" title="The mail as its reader sees it"></iframe>'
    else:
        shown = f"<pre>{escape(mail.text if view == 'text' else mail.raw.decode(errors='replace'))}</pre>"
    head = f"<nav><a href='/'>All mails</a></nav><h1>{escape(mail.subject)}</h1>{_time(mail)}"
    return _page(mail.subject, f"{head}<dl>{described}</dl><nav>{tabs}</nav>{shown}")


def framed(mail: CaughtMail) -> str:
    """The mail's own HTML; its links open beside the view, since the frame may not leave itself."""
    return f'<base target="_blank">{mail.html}'


def _time(mail: CaughtMail) -> str:
    return f'<time datetime="{mail.received_at.isoformat()}">{mail.received_at:%Y-%m-%d %H:%M:%S} UTC</time>'


def _page(title: str, body: str, *, refresh: bool = False) -> str:
    again = '<meta http-equiv="refresh" content="5">' if refresh else ""
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{escape(title)} – mail view</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{again}'
        f'<link rel="stylesheet" href="/style.css"></head><body><main>{body}</main></body></html>'
    )
