"""Mail addresses: what somebody may type, and what the standard library can write into a header of a mail.

Addresses were stored before they were checked like this: whoever writes a mail asks `is_writable` again.
"""

from email.headerregistry import Address

from portico_core.errors import Invalid

LONGEST = 254
SIGNS = frozenset(',;:<>()[]"\\')


def check_shape(text: str, *, field: str = "email") -> None:
    """Refuse what plainly is no address. Raises Invalid, at the field."""
    local, _, domain = text.rpartition("@")
    if not local or "." not in domain or len(text) > LONGEST or any(c.isspace() or ord(c) < 32 for c in text):
        raise Invalid(fields={field: "Enter an email address, like name@company.example."})


def check(text: str, *, field: str = "email") -> None:
    """Refuse an address that no mail can have, and say why. Raises Invalid, at the field."""
    check_shape(text, field=field)
    local, _, domain = text.rpartition("@")
    if SIGNS.intersection(text):
        raise Invalid(
            fields={field: "An email address has no commas, semicolons, quotes or brackets, and here it stands alone."}
        )
    if not local.isascii():
        raise Invalid(
            fields={
                field: "Before the @, an email address has plain letters only: "
                "write ae for ä and e for é, if that is how it is spelt."
            }
        )
    if "" in (*local.split("."), *domain.split(".")):
        raise Invalid(
            fields={
                field: "In an email address, a dot stands between two other characters: "
                "not at an end, and not beside another dot."
            }
        )
    if not is_writable(text):
        raise Invalid(fields={field: "Enter an email address, like name@company.example."})


def is_writable(text: str) -> bool:
    """Whether a header can have it, so that every server takes it."""
    try:
        return header_address(text).domain.isascii()
    except ValueError:
        return False


def header_address(text: str, name: str = "") -> Address:
    """For a header, its domain as servers write it: "xn--mller-kva.example". Raises ValueError."""
    try:
        local, _, domain = text.rpartition("@")
        return Address(display_name=name, addr_spec=f"{local}@{_wired(domain)}")
    except Exception as problem:  # the library's parser trips over what it does not expect: "a@[b" is an AttributeError
        raise ValueError(f"no address of a mail: {type(problem).__name__}") from problem


def _wired(domain: str) -> str:
    if domain.isascii():
        return domain
    wired = domain.encode("idna").decode()
    # Of "straße" the codec makes "strasse", which is another one's domain.
    return wired if wired.encode().decode("idna") == domain.lower() else domain
