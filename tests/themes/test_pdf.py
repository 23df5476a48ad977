"""Papers: what the reader sees stands in them, in the brand's fonts, and the platform's name does not."""

from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from pypdf import PdfReader

from portico_core.money import Money
from portico_themes.branding import Brand
from portico_themes.brands import seeded_brands
from portico_themes.pdf import invoice_pdf, receipt_pdf
from portico_themes.preview.papers import paper_of
from portico_themes.preview.payments import payment_context
from portico_themes.preview.samples import SAMPLES, day


def invoice(slug: str, locale: str, **changed: Any) -> PdfReader:
    seeded = seeded_brands()[slug]
    paper = {**vars(paper_of(SAMPLES[slug])), **changed}
    return PdfReader(BytesIO(invoice_pdf(seeded.brand, locale, paper, seeded.files[seeded.brand.mark].body)))


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def fonts_of(reader: PdfReader) -> str:
    resources: Any = reader.pages[0]["/Resources"]
    return " ".join(str(font.get_object()["/BaseFont"]) for font in resources["/Font"].values())


def test_an_invoice_shows_what_the_page_shows() -> None:
    text = text_of(invoice("stanmoor", "en-GB"))

    for part in (
        "Invoice SF-418655",
        "Stanmoor Fasteners",
        "Ashdown Fabrication Ltd",
        "8 Nov 2026",
        "Hex nut M16, grade 8, hot-dip galvanised",
        "414.40",
        "£2,406.90",
        "£1,206.90",
        "Sort code 00-11-22",
        "Reference SF-418655",
    ):
        assert part in text


def test_german_papers_speak_german() -> None:
    text = text_of(invoice("stanmoor", "de-DE"))

    assert "Rechnung SF-418655" in text
    assert "08.11.2026" in text
    assert "Noch offen" in text
    assert "Fällig" in text


@pytest.mark.parametrize(("slug", "font"), [("stanmoor", "Archivo"), ("quince", "Newsreader")])
def test_papers_are_set_in_the_brands_fonts(slug: str, font: str) -> None:
    assert font in fonts_of(invoice(slug, "en-GB"))


def test_metadata_names_the_distributor_and_not_the_platform() -> None:
    reader = invoice("stanmoor", "en-GB")
    metadata = reader.metadata

    assert metadata is not None
    assert metadata.title == "Invoice SF-418655"
    assert metadata.author == "Stanmoor Fasteners"
    assert "portico" not in str(dict(metadata)).lower()
    assert b"portico" not in invoice_pdf(SIMPLE, "en-GB", vars(paper_of(SAMPLES["stanmoor"]))).lower()


def test_what_stands_in_the_data_is_never_read_as_markup() -> None:
    evil = '#image("/etc/passwd") *bold* $x$ <label> \\ ] "quoted"'
    text = text_of(invoice("stanmoor", "en-GB", memo=evil, purchase_order="#panic()"))

    assert '#image("/etc/passwd") *bold* $x$ <label> \\ ]' in text.replace("\n", " ")
    assert "#panic()" in text


def test_a_long_invoice_breaks_over_pages_and_repeats_its_head() -> None:
    paper = paper_of(SAMPLES["stanmoor"])
    reader = invoice("stanmoor", "en-GB", lines=paper.lines * 20)

    assert len(reader.pages) > 2
    assert all("Qty" in page.extract_text() for page in reader.pages[:-1])
    assert f"{len(reader.pages)} / {len(reader.pages)}" in reader.pages[-1].extract_text()


def test_a_paper_without_lines_mark_or_bank_still_stands() -> None:
    paper = {**vars(paper_of(SAMPLES["stanmoor"])), "lines": [], "payments": [], "open": None, "due_on": None}

    text = text_of(PdfReader(BytesIO(invoice_pdf(SIMPLE, "en-GB", paper))))

    assert "Invoice SF-418655" in text
    assert "Due" not in text


def test_a_credit_note_says_what_is_left() -> None:
    text = text_of(invoice("stanmoor", "en-GB", kind="credit", number="CN-20871", due_on=None, payments=[]))

    assert "Credit note CN-20871" in text
    assert "Left to use" in text
    assert "Pay by transfer" not in text


def test_a_receipt_adds_up_to_the_payment() -> None:
    seeded = seeded_brands()["stanmoor"]
    context = payment_context(SAMPLES["stanmoor"], "succeeded", "posted")
    told = {
        "number": "P-1043",
        "received_on": day(11, 19),
        "method": "Card ending 4021",
        "customer_number": "104233",
        "billed_to": ["Ashdown Fabrication Ltd"],
        "amount": Money(274650, "GBP"),
        "allocations": [
            *context["allocations"],
            SimpleNamespace(number="X", amount=Money(1, "GBP"), left=Money(0, "GBP")),
        ],
    }

    text = text_of(PdfReader(BytesIO(receipt_pdf(seeded.brand, "en-GB", told))))

    for part in ("Receipt P-1043", "19 Nov 2026", "Card ending 4021", "SF-418655", "£606.90", "£2,746.50"):
        assert part in text


SIMPLE = Brand(name="Fell & Sons")
