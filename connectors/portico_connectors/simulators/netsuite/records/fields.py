"""The record types of the record API and their fields: name, kind, where it is read from and written to."""

from dataclasses import dataclass
from enum import StrEnum

from portico_connectors.simulators.netsuite.config import Options


class Kind(StrEnum):
    """How a field looks in JSON. Money is read in hundredths, micro in millionths."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    MICRO = "micro"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    REFERENCE = "reference"
    STATUS = "status"


@dataclass(frozen=True)
class Field:
    """A body field. `sql` reads it from the row `r`; `column` is where a write puts it, None: read only."""

    name: str
    kind: Kind
    sql: str
    column: str | None = None
    refers: str | None = None
    feature: str | None = None


@dataclass(frozen=True)
class RecordType:
    """A record type. `where` narrows its table; `type` is the transaction type or None."""

    name: str
    table: str
    label: str
    fields: tuple[Field, ...]
    where: str = "1"
    sublists: tuple[str, ...] = ()
    type: str | None = None
    required: tuple[str, ...] = ()

    def fields_for(self, options: Options) -> dict[str, Field]:
        """The fields that an account has, by lower-case name."""
        return {
            field.name.lower(): field
            for field in self.fields
            if field.feature is None or getattr(options, field.feature)
        }


# What a reference shows as refName, and the record type that it links to.
REFERENCES = {
    "customer": ("customer", "SELECT COALESCE(x.companyname, x.firstname || ' ' || x.lastname) FROM customer x"),
    "currency": ("currency", "SELECT x.name FROM currency x"),
    "term": ("term", "SELECT x.name FROM term x"),
    "subsidiary": ("subsidiary", "SELECT x.name FROM subsidiary x"),
    "account": ("account", "SELECT x.acctnumber || ' ' || x.fullname FROM account x"),
    "item": ("inventoryItem", "SELECT x.itemid FROM item x"),
}


def _fields(spec: str) -> tuple[Field, ...]:
    """Fields from lines `name kind [writable column|-] [=expression] [@feature]`; kind `>type` is a reference."""
    found = []
    for line in filter(str.strip, spec.splitlines()):
        head, _, feature = line.strip().partition("@")
        head, _, expression = head.partition("=")
        name, kind, *rest = head.split()
        column = rest[0] if rest and rest[0] != "-" else None
        refers = kind[1:] if kind.startswith(">") else None
        read = expression.strip() or f"r.{column or name.lower()}"
        found.append(
            Field(name, Kind.REFERENCE if refers else Kind(kind), read, column, refers, feature.strip() or None)
        )
    return tuple(found)


_BALANCE = (
    "(SELECT SUM(CASE WHEN t.type = 'CustInvc' THEN t.total_c - t.used_c ELSE t.used_c - t.total_c END) "
    "FROM tran t WHERE t.entity = r.id AND t.voided = 'F')"
)
_OVERDUE = (
    "(SELECT SUM(t.total_c - t.used_c) FROM tran t WHERE t.entity = r.id AND t.type = 'CustInvc' "
    "AND t.status = 'A' AND t.duedate < date(now_wall()) || ' 00:00:00')"
)

_CUSTOMER = f"""
    entityId text entityid
    externalId text externalid
    companyName text companyname
    isPerson boolean isperson
    firstName text firstname
    lastName text lastname
    email text email
    phone text phone
    url text url
    comments text comments
    parent >customer parent
    currency >currency currency @multi_currency
    terms >term terms
    creditLimit money creditlimit_c
    subsidiary >subsidiary subsidiary @one_world
    balance money - = COALESCE({_BALANCE}, 0)
    overdueBalance money - = COALESCE({_OVERDUE}, 0)
    depositBalance money - = 0
    unbilledOrders money - = 0
    isInactive boolean isinactive
    dateCreated datetime - = r.datecreated
    lastModifiedDate datetime - = r.lastmodifieddate
"""

_CONTACT = """
    entityId text entityid
    externalId text externalid
    firstName text firstname
    lastName text lastname
    email text email
    phone text phone
    title text title
    company >customer company
    comments text comments
    isInactive boolean isinactive
    dateCreated datetime - = r.datecreated
    lastModifiedDate datetime - = r.lastmodifieddate
"""

_ITEM = """
    itemId text itemid
    externalId text externalid
    displayName text displayname
    salesDescription text description
    isInactive boolean isinactive
    createdDate datetime - = r.createddate
    lastModifiedDate datetime - = r.lastmodifieddate
"""

_HEAD = """
    tranId text tranid
    externalId text externalid
    tranDate date trandate
    status status - = r.status
    currency >currency - = r.currency @multi_currency
    exchangeRate number exchangerate @multi_currency
    subsidiary >subsidiary - = r.subsidiary @one_world
    memo text memo
    createdDate datetime - = r.createddate
    lastModifiedDate datetime - = r.lastmodifieddate
    total money - = r.total_c
"""

_GOODS = """
    entity >customer - = r.entity
    email text email
    otherRefNum text otherrefnum
    subtotal money - = r.total_c - r.tax_c
    taxTotal money - = r.tax_c
    source text - = r.source
"""

_INVOICE = """
    dueDate date duedate
    terms >term terms
    amountPaid money - = r.used_c
    amountRemaining money - = r.total_c - r.used_c
"""

_APPLIED = """
    applied money - = r.used_c
    unapplied money - = r.total_c - r.used_c
"""

_PAYMENT = """
    customer >customer - = r.entity
    payment money total_c
    pending money - = 0
    account >account account
    undepFunds boolean - = CASE WHEN r.account = 2 THEN 'T' ELSE 'F' END
    checkNumber text checknumber
"""


def _item_type(name: str, itemtype: str, label: str) -> RecordType:
    return RecordType(name, "item", label, _fields(_ITEM), f"r.itemtype = '{itemtype}'")


_TYPES = (
    RecordType(
        "customer", "customer", "Customer", _fields(_CUSTOMER), sublists=("addressBook",), required=("companyname",)
    ),
    RecordType("contact", "contact", "Contact", _fields(_CONTACT), required=("entityid",)),
    RecordType(
        "term",
        "term",
        "Term",
        _fields(
            """
            name text name
            externalId text externalid
            daysUntilNetDue integer daysuntilnetdue
            discountPercent number discountpercent
            daysUntilExpiry integer daysuntilexpiry
            isInactive boolean isinactive
            """
        ),
        required=("name",),
    ),
    RecordType(
        "currency",
        "currency",
        "Currency",
        _fields(
            """
            name text
            symbol text
            displaySymbol text
            currencyPrecision integer
            exchangeRate number
            isBaseCurrency boolean
            isInactive boolean
            """
        ),
    ),
    RecordType(
        "subsidiary",
        "subsidiary",
        "Subsidiary",
        _fields(
            """
            name text
            fullName text
            parent >subsidiary
            currency >currency @multi_currency
            country text
            isInactive boolean
            """
        ),
    ),
    RecordType(
        "account", "account", "Account", _fields("acctNumber text\nacctName text - = r.fullname\nisInactive boolean")
    ),
    _item_type("inventoryItem", "InvtPart", "Inventory Item"),
    _item_type("nonInventorySaleItem", "NonInvtPart", "Non-inventory Item"),
    _item_type("serviceSaleItem", "Service", "Service"),
    RecordType(
        "invoice",
        "tran",
        "Invoice",
        _fields(_HEAD + _GOODS + _INVOICE),
        "r.type = 'CustInvc'",
        ("item",),
        "CustInvc",
        ("entity",),
    ),
    RecordType(
        "creditMemo",
        "tran",
        "Credit Memo",
        _fields(_HEAD + _GOODS + _APPLIED),
        "r.type = 'CustCred'",
        ("item", "apply"),
        "CustCred",
        ("entity",),
    ),
    RecordType(
        "customerPayment",
        "tran",
        "Customer Payment",
        _fields(_HEAD + _PAYMENT + _APPLIED),
        "r.type = 'CustPymt'",
        ("apply",),
        "CustPymt",
        ("customer",),
    ),
)

RECORD_TYPES = {record.name.lower(): record for record in _TYPES}


def types_for(options: Options) -> dict[str, RecordType]:
    """The record types that an account has, by lower-case name."""
    hidden = set()
    if not options.one_world:
        hidden.add("subsidiary")
    if not options.multi_currency:
        hidden.add("currency")
    return {name: record for name, record in RECORD_TYPES.items() if name not in hidden}
