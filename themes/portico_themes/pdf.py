"""Papers as PDF, set by typst from the sheet in `papers/`: invoices, credit notes, receipts.

The sheet gets words, not values: all of them arrive as one JSON string, so data stays data. Takes about 20 ms of
processor time: call it off the event loop.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import typst
from PIL import Image

from portico_core.money import Money
from portico_themes.assets import PAPER_FONT_FOLDER
from portico_themes.branding import Brand
from portico_themes.formats import Formats, formats_of
from portico_themes.texts import N_, translate
from portico_themes.wording import Wording, of_brand, say

SHEET = Path(__file__).parent / "papers" / "sheet.typ"
MARK_HEIGHT = 180  # px: 11 mm at a printer's 400 dpi
FALLBACK = ["Libertinus Serif"]  # typst brings it along
HEADS = {"technical": ("Archivo", 600), "friendly": ("Figtree", 600), "editorial": ("Newsreader", 500)}
TEXTS = {"technical": "Archivo"}
# Controls but for the line's end, the byte order mark, what Unicode calls no characters.
NEVER_PRINTED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ufeff\ufdd0-\ufdef\ufffe\uffff]")
EVERYBODY = "Figtree"  # where the brand uses the device's own font: papers have no device


def invoice_pdf(
    brand: Brand, locale: str, paper: Mapping[str, Any], mark: bytes | None = None, wording: Wording | None = None
) -> bytes:
    """An invoice or credit note. `paper` as in templates/invoices/_sheet.html; `mark` is the brand's PNG; `wording`
    has the tenant's own words."""
    formats, currency = formats_of(locale), paper["currency"]
    is_invoice = paper["kind"] == "invoice"
    title = N_("Invoice %(number)s") if is_invoice else N_("Credit note %(number)s")
    taxed = any(line.tax for line in paper["lines"])
    columns = [N_("Item"), N_("Qty"), N_("Price"), *([N_("VAT")] if taxed else []), N_("Net")]
    bank = [f"{name} {value}" for name, value in brand.bank] if is_invoice else []
    if bank:
        bank.append(translate(locale, "Reference %(number)s", number=paper["number"]))
    return _set(
        brand,
        locale,
        mark,
        wording or Wording(),
        title=translate(locale, title, number=paper["number"]),
        to_word=translate(locale, "Billed to"),
        to=list(paper["billed_to"]),
        meta=_meta(formats, locale, paper),
        columns=[translate(locale, word) for word in columns],
        rows=[_row(formats, line, currency, taxed=taxed) for line in paper["lines"]],
        sums=_sums(formats, locale, paper),
        memo=paper["memo"],
        foot_word=translate(locale, "Pay by transfer"),
        foot=bank,
    )


def receipt_pdf(
    brand: Brand, locale: str, receipt: Mapping[str, Any], mark: bytes | None = None, wording: Wording | None = None
) -> bytes:
    """What a payment paid. `receipt`: number, received_on (date), method, customer_number, billed_to (lines),
    amount: Money, allocations (objects with number, amount, left: Money)."""
    formats = formats_of(locale)
    meta = [(N_("Received"), formats.day(receipt["received_on"]), True)]
    if receipt["method"]:
        meta.append((N_("Paid with"), receipt["method"], False))
    meta.append((N_("Account"), receipt["customer_number"], False))
    return _set(
        brand,
        locale,
        mark,
        wording or Wording(),
        title=translate(locale, "Receipt %(number)s", number=receipt["number"]),
        to_word=translate(locale, "Received from"),
        to=list(receipt["billed_to"]),
        meta=[(translate(locale, label), value, strong) for label, value, strong in meta],
        columns=[translate(locale, word) for word in (N_("Invoice"), N_("Paid now"), N_("Still open"))],
        rows=[
            {
                "first": each.number,
                "small": "",
                "rest": [formats.money_of(each.amount), formats.money_of(each.left)],
            }
            for each in receipt["allocations"]
        ],
        sums=[(translate(locale, "Received"), formats.money_of(receipt["amount"]), True)],
        memo="",
        foot_word="",
        foot=[],
    )


def _meta(formats: Formats, locale: str, paper: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    rows = [
        (N_("Issued"), formats.day(paper["issued_on"]), False),
        (N_("Due"), formats.day(paper["due_on"]) if paper["due_on"] else "", True),
        (N_("Your order"), paper["purchase_order"], False),
        (N_("Account"), paper["customer_number"], False),
        (N_("Payment terms"), paper["terms"], False),
    ]
    return [(translate(locale, label), value, strong) for label, value, strong in rows if value]


def _row(formats: Formats, line: Any, currency: str, *, taxed: bool) -> dict[str, Any]:
    small = [part for part in (line.sku if line.description else "", line.unit) if part]
    tax = [line.tax] if taxed else []
    return {
        "first": line.description or line.sku,
        "small": ", ".join(small),
        "rest": [
            formats.number(line.quantity),
            formats.price(line.unit_price, currency),
            *tax,
            formats.price(line.amount, currency),
        ],
    }


def _sums(formats: Formats, locale: str, paper: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    rows: list[tuple[str, Money, bool]] = []
    if paper["tax"]:
        rows += [(translate(locale, "Net"), paper["net"], False), (translate(locale, "VAT"), paper["tax"], False)]
    rows.append((translate(locale, "Total"), paper["total"], True))
    for part in paper["payments"]:
        label = translate(locale, "Paid %(day)s", day=formats.day(part.on))
        rows.append((f"{label}, {part.text}" if part.text else label, -part.amount, False))
    left = paper["open"]
    if left is not None and left.minor != paper["total"].minor:
        word = N_("Still open") if paper["kind"] == "invoice" else N_("Left to use")
        rows.append((translate(locale, word), left, True))
    return [(label, formats.money_of(amount), strong) for label, amount, strong in rows]


def _set(brand: Brand, locale: str, mark: bytes | None, wording: Wording, **data: Any) -> bytes:
    head, weight = HEADS.get(brand.type, (EVERYBODY, 600))
    contact = [brand.phone] if brand.phone else []
    if brand.vat_number:
        contact.append(translate(locale, "VAT %(number)s", number=brand.vat_number))
    told = {
        **data,
        "lang": formats_of(locale).language,
        "page_word": translate(locale, "Page"),
        "brand": {
            "name": brand.name,
            "legal_line": say("legal", wording, brand, locale, of_brand(brand, wording, locale)),
            "address": [*brand.address, *contact],
            "colour": brand.palette.light["brand-mark"],
            "head_fonts": [head, *FALLBACK],
            "head_weight": weight,
            "text_fonts": [TEXTS.get(brand.type, EVERYBODY), *FALLBACK],
            "mark": _small(mark) if mark else None,
        },
    }
    compiler = typst.Compiler(input=SHEET, root=SHEET.parent, font_paths=_fonts())
    inputs = {"data": json.dumps(_printable(told))}
    try:
        pdf = compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards="ua-1")
    except typst.TypstError:
        # The standard refuses a document with one letter that our fonts lack, an emoji in a memo say; a paper with a
        # box in its place is better than none.
        pdf = compiler.compile(format="pdf", sys_inputs=inputs)
    if not isinstance(pdf, bytes):
        raise TypeError("typst answered with pages instead of a document")
    return pdf


def _printable(value: Any) -> Any:
    """All of it without the signs that no paper can show."""
    if isinstance(value, str):
        return NEVER_PRINTED.sub("", value)
    if isinstance(value, Mapping):
        return {name: _printable(each) for name, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list | tuple) else value


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Ours and typst's own; nothing from the system, so that a paper looks the same everywhere."""
    return typst.Fonts(include_system_fonts=False, font_paths=[PAPER_FONT_FOLDER])


@lru_cache(maxsize=256)
def _small(mark: bytes) -> Sequence[int]:
    """The mark in print size, as typst takes bytes out of JSON."""
    picture = Image.open(BytesIO(mark), formats=("PNG",))
    picture.thumbnail((MARK_HEIGHT * 4, MARK_HEIGHT), Image.Resampling.LANCZOS)
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return list(out.getvalue())
