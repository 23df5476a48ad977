"""What is open is right to the cent after every step, in currencies with none, two and three decimals."""

from collections import Counter

import pytest

from portico_portal.sync.fetch import Fetcher
from tests.billing.payments.shop import Shop
from tests.billing.payments.what_is_open.machine import WhatIsOpen
from tests.state_machines import walk

MUST_HAPPEN = (
    "payments started",
    "payments refused",
    "settlements doubled",
    "payments recorded",
    "pages kept",
    "rests",
    "refunds",
    "events of money that went back",
    "payments ended by staff",
    "money that came after the end",
    "tried from two sides",
)


@pytest.mark.parametrize("currency", ["JPY", "GBP", "KWD"])
async def test_what_is_open_is_right_after_every_step(shop: Shop, fetcher: Fetcher, currency: str) -> None:
    happened: Counter[str] = Counter(dict.fromkeys(MUST_HAPPEN, 0))

    await walk(lambda loop: WhatIsOpen(loop, shop, fetcher, currency, happened), walks=5, steps=50)

    print(currency, dict(happened))  # noqa: T201 - a walk on which nothing happened shows nothing
    assert all(happened[each] for each in MUST_HAPPEN), happened
