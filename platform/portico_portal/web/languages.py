"""Which language a page is in: the person's own, else the tenant's; at the door, and where something went wrong before
it is known who asks, what this browser's person last chose, else the browser's, else the tenant's."""

from portico_tenants.people.visit import Visit
from portico_tenants.tenant import Tenant
from portico_themes.texts import SOURCE, locale_for


def page_locale(tenant: Tenant | None, visit: Visit | None, accepted: str, last_chosen: str | None = None) -> str:
    """A locale such as en-GB or de-DE. `accepted` is the browser's Accept-Language, "" where it sent none.

    Who has signed in reads what they chose, or what their distributor speaks; only where that has no catalogue, and at
    the door, the browser counts.
    """
    browser, home = browser_languages(accepted), tenant.language if tenant else SOURCE
    return locale_for([last_chosen, *browser] if visit is None else [visit.language, home, *browser], home)


def browser_languages(accepted: str) -> list[str]:
    """The tags of an Accept-Language header, most wanted first; what is refused (q=0) or unreadable is left out."""
    weighed: list[tuple[float, int, str]] = []
    for part in accepted.split(","):
        tag, _, parameters = part.partition(";")
        weight = _weight(parameters)
        if tag.strip() and weight > 0:
            weighed.append((-weight, len(weighed), tag.strip()))
    return [tag for _, _, tag in sorted(weighed)]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
