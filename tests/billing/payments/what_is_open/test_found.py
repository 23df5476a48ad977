"""Cases that were found by thinking or by walking, played through step by step with the machine's own hands."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from portico_portal.sync.fetch import Fetcher
from tests.billing.payments.shop import Shop
from tests.billing.payments.what_is_open.machine import WhatIsOpen

Step = Callable[[WhatIsOpen], object]


def paid(at: int = 0) -> Step:
    return lambda m: m.an_invoice_is_paid_without_delay(at, "part", 20, False)


def taken(at: int = 0) -> Step:
    return lambda m: m.a_worker_takes_a_posting(at)


def brought(before_reread: object = None) -> Step:
    return lambda m: m.the_worker_brings_it_to_the_erp(0, "", None, before_reread)


def in_vain() -> Step:
    return lambda m: m.the_worker_brings_it_to_the_erp(0, "post", None, None)


def written(at: int = 0) -> Step:
    return lambda m: m.the_worker_writes_the_answer_down(at)


def in_the_erp(open_minor: int) -> Step:
    return lambda m: m.books.change(m.name_at(0), open_minor)


def gone() -> Step:
    return lambda m: m.books.drop(m.name_at(0))


def page() -> list[Step]:
    return [lambda m: m.page_begins(), lambda m: m.page_arrives(len(m.pages) - 1)]


def asked() -> Step:
    return lambda m: m.a_credit_in_the_erp_asks_for_a_reading([0])


def begun() -> Step:
    return lambda m: m.the_reading_begins()


def arrived(at: int = -1) -> Step:
    return lambda m: m.the_reading_arrives(at % len(m.readings))


def refunded(share: int) -> Step:
    return lambda m: m.money_is_refunded(0, share)


def failed() -> Step:
    return lambda m: m.a_refund_fails(0, 0)


def told() -> Step:
    return lambda m: m.an_event_of_money_that_went_back_comes(0, 1)


def tried(at_once: bool = True) -> Step:
    return lambda m: m.try_now_is_pressed_from_two_sides(0, 3, at_once)


CASES: dict[str, list[Step]] = {
    # The worker read 3,400 (5,000 less the payment), then a credit was taken back: 5,000, as the mirror had it before.
    "a worker's read is late and the amount is back at what it was": [
        *(paid(), taken(), brought(), in_the_erp(5_000), *page(), written()),
    ],
    # A worker whose posting another one has brought home reads once more; the amount comes back behind its back.
    "a worker that was overtaken reads late": [
        *(paid(), taken(), taken(), lambda m: m.the_worker_brings_it_to_the_erp(1, "", None, None), written()),
        *(in_the_erp(1_000), brought(), lambda m: m.books.change(m.name_at(0), m.model.invoices[m.name_at(0)].open)),
        *(*page(), written()),
    ],
    "a reading that has begun does not count for a payment that came after it": [
        *(asked(), begun(), in_the_erp(2_000), asked(), arrived(), begun(), arrived()),
    ],
    "an invoice is gone, back and gone again while a worker reads": [
        *(paid(), gone(), asked(), begun(), arrived(), in_the_erp(5_000), taken(), brought()),
        *(gone(), asked(), begun(), arrived(), written()),
    ],
    "a page that was begun before the answer arrives after it": [
        *(paid(), taken(), lambda m: m.page_begins(), brought(), written(), lambda m: m.page_arrives(0)),
    ],
    "a page that was begun between the answer and the second look": [
        *(
            paid(),
            taken(),
            brought("page"),
            lambda m: m.page_arrives(0),
            written(),
            paid(),
            taken(1),
            brought(),
            written(),
        ),
    ],
    "the second look fails and a page from before the answer arrives": [
        *(paid(), taken(), lambda m: m.page_begins(), brought("unread"), written(), lambda m: m.page_arrives(0)),
    ],
    "the second look fails and a page brings the news": [
        *(paid(), taken(), brought("unread"), written(), *page(), paid(1)),
    ],
    "stripe's answer from before the payment comes after it": [
        lambda m: m.an_invoice_is_paid_without_delay(0, "part", 20, True),
        lambda m: m.stripes_answer_comes_late(0),
    ],
    "more is asked than is left beside a payment under way": [
        lambda m: m.the_payer_presses_pay([(0, "part", 20)], "once"),
        lambda m: m.the_payer_presses_pay([(0, "more", 1)], "once"),
    ],
    "a refund fails after it was told, and another one is made": [
        *(paid(), refunded(4), told(), failed(), told(), told(), refunded(1), told()),
    ],
    "money comes after staff ended the payment, and its invoice is promised to another one": [
        *(lambda m: m.the_payer_presses_pay([(0, "all", 1)], "once"), lambda m: m.stripes_page_opens(0)),
        *(lambda m: m.the_payer_pays(0, "debit"), lambda m: m.news_of_a_payment_comes(0, 1)),
        *(lambda m: m.the_account_is_cut_off(), lambda m: m.the_sweep_looks(0), lambda m: m.weeks_pass(0, 13)),
        *(lambda m: m.staff_end_a_payment(0), lambda m: m.weeks_pass(0, 15)),
        *(lambda m: m.the_account_is_back(), lambda m: m.the_sweep_looks(0), lambda m: m.staff_end_a_payment(0)),
        *(lambda m: m.the_account_is_cut_off(), lambda m: m.the_sweep_looks(0), lambda m: m.staff_end_a_payment(0)),
        *(lambda m: m.the_account_is_back(), paid()),
        *(lambda m: m.the_bank_decides(0, "succeeded"), lambda m: m.news_of_a_payment_comes(0, 1)),
    ],
    "try now is pressed while a worker has it, and when it came back empty-handed": [
        *(paid(), taken(), tried(), taken(), in_vain(), written(), tried()),
        *(in_vain(), written(), tried(), written(), tried()),
    ],
    "try now is pressed again while the first worker is on its way": [paid(), tried(at_once=False)],
    "two tabs pay what can be paid once": [
        lambda m: m.the_payer_presses_pay([(0, "all", 1), (1, "all", 1)], "two tabs"),
        lambda m: m.the_payer_presses_pay([(1, "more", 1)], "twice"),
    ],
    "news of a payment waits between one that has no page yet and one whose page is open": [
        *[lambda m: m.the_payer_presses_pay([(0, "part", 10)], "once")] * 3,
        *(lambda m: m.stripes_page_opens(1), lambda m: m.the_payer_pays(0, "card"), lambda m: m.stripes_page_opens(2)),
    ],
}


@pytest.mark.parametrize("case", CASES)
async def test_it_stays_right(shop: Shop, fetcher: Fetcher, case: str) -> None:
    loop = asyncio.get_running_loop()

    def play() -> None:
        machine = WhatIsOpen(loop, shop, fetcher, "GBP", Counter())
        machine.open_the_books([1_000, 800])
        for step in CASES[case]:
            step(machine)
            machine.what_is_shown_is_what_is_open()
        machine.everything_comes_to_rest()
        machine.what_is_shown_is_what_is_open()

    await asyncio.to_thread(play)
