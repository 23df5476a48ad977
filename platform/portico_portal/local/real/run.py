"""The run: convert, start, sync, compare, pay as the largest customer, compare again, what pages cost."""

import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from portico_connectors.simulators.netsuite.company.online_retail.convert import Wanted, convert
from portico_portal.local import erp, seeding
from portico_portal.local.compare.comparison import Sides, compare
from portico_portal.local.distributors import STANMOOR
from portico_portal.local.installation import Installation, installed
from portico_portal.local.real import story
from portico_portal.local.real.books import Books, Largest
from portico_portal.local.real.cost import StatementLog, costs, steps
from portico_portal.local.real.journal import Part, Spent
from portico_portal.local.real.parts import Outcome, Parts
from portico_portal.local.real.visitor import Visitor
from portico_portal.local.report import Ready, erp_address, write_addresses
from portico_portal.local.seeding import SignIn
from portico_portal.local.state import State
from portico_portal.local.threads import in_thread
from portico_themes.links import link

PARTS = ("convert", "start", "sync", "compare", "invite", "look round", "pay", "compare again", "pages")


@dataclass(frozen=True)
class Scene:
    """What the parts have to do with, once the year is there."""

    house: Installation
    books: Books
    doors: story.Doors
    owner: SignIn
    payer: SignIn
    customer: Largest


async def run(parts: Parts, file: Path, company: Path) -> Ready:
    """All parts that are not done yet; afterwards the processes still run. `company` is the folder to convert into."""
    await parts.do("convert", lambda: _convert(parts, file, company))
    began = time.monotonic()
    async with (
        parts.meter.watching(),
        installed(parts.conductor, company, reset=False, distributors=(STANMOOR,)) as house,
    ):
        if not parts.journal.done("start"):
            spent = Spent(time.monotonic() - began, parts.meter.processor(), dict(parts.meter.peaks))
            parts.journal.note("start", Part(spent, is_done=True))
        books = Books(house.logins.owner, house.tenants[STANMOOR.slug].role)
        await parts.do("sync", lambda: _sync(parts, house, books))
        await parts.do("compare", lambda: _compare(parts, house, file, company))
        scene, ready = await _scene(house, books)
        await parts.do("invite", lambda: _invite(scene))
        await parts.do("look round", lambda: _look_round(scene))
        await parts.do("pay", lambda: _pay(scene))
        await parts.do("compare again", lambda: _compare(parts, house, file, company))
        await parts.do("pages", lambda: _pages(parts, scene))
    return ready


async def _convert(parts: Parts, file: Path, company: Path) -> Outcome:
    wanted = Wanted(last_on=date.fromisoformat(parts.journal.subject["day"]))
    with parts.conductor.display.progress() as bars:
        outcome = await in_thread(
            lambda tick: convert(file, company, wanted, tick), lambda done: bars.show("lines, twice", done, None)
        )
    told: dict[str, Any] = msgspec.to_builtins(outcome)
    return told, []


async def _sync(parts: Parts, house: Installation, books: Books) -> Outcome:
    with parts.conductor.display.progress() as bars:
        aside = await erp.first_sync(house.database, house.tenants, bars, began=house.began)
    found = await books.backfill()
    converted = parts.journal.parts["convert"].found
    # Each customer has one contact; the documents themselves are what the comparison is for.
    expected = {"customer": converted["customers"], "contact": converted["customers"]}
    missing = [
        f"{expected[kind]:,} records of {kind} were converted, {found[kind]['rows']:,} are there"
        for kind in expected
        if found[kind]["rows"] != expected[kind]
    ]
    return dict(found), aside + missing


async def _compare(parts: Parts, house: Installation, file: Path, company: Path) -> Outcome:
    sides = Sides(
        file=file,
        database_url=house.logins.owner,
        simulator=erp_address(house.state, house.addresses),
        distributor=STANMOOR,
        shifted=True,
        folder=company,
    )
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        parts.conductor.display.say(f"    {line}", "dim")

    found = await compare(sides, say)
    return {"said": said}, found


async def _scene(house: Installation, books: Books) -> tuple[Scene, Ready]:
    people = await seeding.ensure_people(house.database, house.tenants[STANMOOR.slug], STANMOOR, house.state)
    customer = await books.largest(STANMOOR.base_currency)
    payer = _payer(house.state, customer)
    ready = Ready(house.state, house.addresses, house.services, house.logins.owner, {STANMOOR.slug: [*people, payer]})
    write_addresses(ready)
    doors = story.Doors(
        web=house.addresses.of("web"),
        host=f"{STANMOOR.host}:{house.addresses.web}",
        mail=house.addresses.of("mail"),
        paysim=house.addresses.of("paysim"),
    )
    owner = next(each for each in people if each.role == "owner")
    return Scene(house, books, doors, owner, payer, customer), ready


def _payer(state: State, customer: Largest) -> SignIn:
    """The person whom the converter put into the customer's accounts payable."""
    email = f"payables@customer-{customer.number.lower()}.example"
    return SignIn("payer", email, state.password(f"real {email}"), customer.name)


async def _invite(scene: Scene) -> Outcome:
    await story.invite_payer(scene.doors, scene.owner, scene.payer, scene.customer)
    return {"customer": scene.customer.number}, []


async def _look_round(scene: Scene) -> Outcome:
    of_nothing = await scene.books.of_nothing()
    found = await story.look_round(scene.doors, scene.owner, scene.payer, scene.customer, of_nothing)
    told = {**scene.customer._asdict(), "open_amount": str(scene.customer.open_amount), "of_nothing": len(of_nothing)}
    return told, found


async def _pay(scene: Scene) -> Outcome:
    return dict(await story.pay(scene.doors, scene.payer, scene.books)), []


async def _pages(parts: Parts, scene: Scene) -> Outcome:
    house, customer = scene.house, scene.customer
    log = house.state.folder / "services" / "postgres" / "postgres.log"
    embedded = house.services.postgres_embedded
    statements = StatementLog(house.services.postgres_url, log, parts.meter) if embedded else None
    async with scene.doors.visitor() as payer, scene.doors.visitor() as staff:
        await payer.sign_in(scene.payer.email, scene.payer.password)
        await staff.sign_in(scene.owner.email, scene.owner.password)
        largest_one = story.DOCUMENT.findall(await payer.see(link("invoices", view="all", sort="-total")))[0][0]
        pages: dict[str, tuple[Visitor, str]] = {
            "home": (payer, link("home")),
            "open invoices": (payer, link("invoices")),
            "all invoices": (payer, link("invoices", view="all")),
            "an article searched": (payer, link("invoices", view="all", q="cakestand")),
            "the largest invoice": (payer, largest_one),
            "credit notes": (payer, link("credits")),
            "payments": (payer, link("payments")),
            "choose what to pay": (payer, link("payment_select", which="open")),
            "staff: overview": (staff, link("staff")),
            "staff: customers, most overdue": (staff, link("staff_customers")),
            "staff: customers, last page by name": (staff, link("staff_customers", order="name", page=88)),
            "staff: customer": (staff, link("staff_customer", customer=customer.id)),
            "staff: open invoices": (staff, link("staff_invoices")),
            "staff: all invoices": (staff, link("staff_invoices", view="all")),
            "staff: a number searched": (staff, link("staff_invoices", view="all", q="5720")),
            "staff: payments": (staff, link("staff_payments")),
            "staff: sync": (staff, link("staff_sync")),
            "staff: audit": (staff, link("staff_audit")),
        }
        with parts.conductor.display.progress() as bars:
            total = steps(len(pages), with_statements=statements is not None)
            taken: list[None] = []

            def step() -> None:
                taken.append(None)
                bars.show("pages", len(taken), total)

            found = await costs(pages, parts.meter, statements, step)
    return {name: msgspec.to_builtins(each) for name, each in found.items()}, []
