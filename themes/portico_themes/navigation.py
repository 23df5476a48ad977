"""What stands in the menus: only what the person may open. Labels are message keys, translated by the layout."""

from collections.abc import Mapping
from dataclasses import dataclass

from portico_tenants.access import Permission
from portico_tenants.people.visit import Visit
from portico_themes.links import link
from portico_themes.texts import N_


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place to go. `count` appears where somebody must act; `urgent` where money or data waits."""

    key: str
    label: str
    url: str
    icon: str
    count: int = 0
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Items of the staff's rail under a head ("" for none)."""

    head: str
    items: tuple[NavItem, ...]


def customer_nav(visit: Visit) -> tuple[NavItem, ...]:
    """The bar of a customer's pages, in order."""
    items = [NavItem("home", N_("Home"), link("home"), "home")]
    if visit.may(Permission.INVOICES_SEE):
        items.append(NavItem("invoices", N_("Invoices"), link("invoices"), "file"))
    if visit.may(Permission.PAYMENTS_SEE):
        items.append(NavItem("payments", N_("Payments"), link("payments"), "card"))
    if visit.may(Permission.MEMBERS_MANAGE):
        items.append(NavItem("members", N_("People"), link("members"), "users"))
    return tuple(items)


def staff_nav(visit: Visit, counts: Mapping[str, int] | None = None) -> tuple[NavGroup, ...]:
    """The rail of the staff's pages. `counts` by item key: payments in doubt, records set aside."""
    waiting = counts or {}

    def item(key: str, label: str, place: str, icon: str, *, urgent: bool = False) -> NavItem:
        return NavItem(key, label, link(place), icon, waiting.get(key, 0), urgent and waiting.get(key, 0) > 0)

    daily = [
        item("overview", N_("Overview"), "staff", "home"),
        item("customers", N_("Customers"), "staff_customers", "users"),
    ]
    if visit.may(Permission.STAFF_MONEY):
        daily.append(item("invoices", N_("Invoices"), "staff_invoices", "file"))
        daily.append(item("payments", N_("Payments"), "staff_payments", "card", urgent=True))
    behind, portal = [], []
    if visit.may(Permission.STAFF_SYNC):
        behind.append(item("sync", N_("ERP sync"), "staff_sync", "refresh", urgent=True))
    if visit.may(Permission.STAFF_CONNECTIONS):
        behind.append(item("connection", N_("ERP connection"), "staff_connection", "plug"))
        behind.append(item("stripe", N_("Card and debit"), "staff_stripe", "bank"))
    if visit.may(Permission.STAFF_MANAGE):
        portal.append(item("brand", N_("Brand"), "staff_brand", "palette"))
        portal.append(item("texts", N_("Texts and mails"), "staff_texts", "mail"))
        portal.append(item("staff_members", N_("People and roles"), "staff_members", "key"))
    if visit.may(Permission.STAFF_AUDIT):
        portal.append(item("audit", N_("Audit trail"), "staff_audit", "list"))
    groups = ((daily, ""), (behind, N_("Behind the portal")), (portal, N_("Your portal")))
    return tuple(NavGroup(head, tuple(items)) for items, head in groups if items)
