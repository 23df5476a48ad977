"""What this connector asks of NetSuite, as data: tables, columns, and which of them an account may lack."""

from portico_connectors.netsuite.suiteql import SHOW_DATE, SHOW_TIME, Column, Source
from portico_connectors.records import RecordType

CURRENCIES = Source(
    name="currency",
    table="currency",
    columns=(Column("id", "id", required=True), Column("symbol", "symbol", required=True)),
    id="id",
)

SUBSIDIARIES = Source(
    name="subsidiary",
    table="subsidiary",
    columns=(Column("id", "id", required=True), Column("name", "name"), Column("parent", "parent")),
    id="id",
)

TERMS = Source(
    name="term",
    table="term",
    columns=(
        Column("id", "id", required=True),
        Column("name", "name", required=True),
        Column("daysuntilnetdue", "daysuntilnetdue"),
        Column("changed", SHOW_TIME.format("lastmodifieddate")),
    ),
    id="id",
    changed="lastmodifieddate",
)

CUSTOMERS = Source(
    name="customer",
    table="customer c",
    columns=(
        Column("id", "c.id", required=True),
        Column("entityid", "c.entityid", required=True),
        Column("isperson", "c.isperson"),
        Column("companyname", "c.companyname"),
        Column("altname", "c.altname"),
        Column("firstname", "c.firstname"),
        Column("lastname", "c.lastname"),
        Column("email", "c.email"),
        Column("phone", "c.phone"),
        Column("currency", "c.currency"),
        Column("terms", "c.terms"),
        Column("creditlimit", "c.creditlimit"),
        Column("parent", "c.parent"),
        Column("defaultbillingaddress", "c.defaultbillingaddress"),
        Column("isinactive", "c.isinactive"),
        Column("changed", SHOW_TIME.format("c.lastmodifieddate"), required=True),
    ),
    id="c.id",
    changed="c.lastmodifieddate",
)

ADDRESSES = Source(
    name="address",
    table="customeraddressbookentityaddress",
    columns=(
        Column("nkey", "nkey", required=True),
        Column("addressee", "addressee"),
        Column("attention", "attention"),
        Column("addr1", "addr1"),
        Column("addr2", "addr2"),
        Column("addr3", "addr3"),
        Column("city", "city"),
        Column("state", "state"),
        Column("zip", "zip"),
        Column("country", "country"),
    ),
    id="nkey",
)

CONTACTS = Source(
    name="contact",
    table="contact p INNER JOIN customer c ON c.id = p.company",
    columns=(
        Column("id", "p.id", required=True),
        Column("company", "p.company", required=True),
        Column("entityid", "p.entityid"),
        Column("firstname", "p.firstname"),
        Column("lastname", "p.lastname"),
        Column("email", "p.email"),
        Column("phone", "p.phone"),
        Column("title", "p.title"),
        Column("isinactive", "p.isinactive"),
        Column("changed", SHOW_TIME.format("p.lastmodifieddate")),
    ),
    id="p.id",
    changed="p.lastmodifieddate",
)

_HEADER = (
    Column("id", "t.id", required=True),
    Column("tranid", "t.tranid"),
    Column("entity", "t.entity", required=True),
    Column("trandate", SHOW_DATE.format("t.trandate"), required=True),
    Column("currency", "t.currency"),
    Column("foreigntotal", "t.foreigntotal", required=True),
    Column("status", "t.status", required=True),
    Column("voided", "t.voided"),
    Column("memo", "t.memo"),
    Column("changed", SHOW_TIME.format("t.lastmodifieddate"), required=True),
)

INVOICES = Source(
    name="invoice",
    table="transaction t",
    where="t.type = 'CustInvc'",
    columns=(
        *_HEADER,
        Column("otherrefnum", "t.otherrefnum"),
        Column("duedate", SHOW_DATE.format("t.duedate"), required=True),
        Column("foreignamountunpaid", "t.foreignamountunpaid", required=True),
    ),
    id="t.id",
    changed="t.lastmodifieddate",
)

CREDITS = Source(
    name="credit",
    table="transaction t",
    where="t.type = 'CustCred'",
    columns=(
        *_HEADER,
        # What is left of a credit stands in the first; accounts that do not show it have the second.
        Column("foreignpaymentamountunused", "t.foreignpaymentamountunused"),
        Column("foreignamountunpaid", "t.foreignamountunpaid"),
    ),
    id="t.id",
    changed="t.lastmodifieddate",
)

PAYMENTS = Source(
    name="payment",
    table="transaction t",
    where="t.type = 'CustPymt'",
    columns=(*_HEADER, Column("externalid", "t.externalid", required=True)),
    id="t.id",
    changed="t.lastmodifieddate",
)

LINES = Source(
    name="line",
    table="transactionline tl",
    where="tl.mainline = 'F' AND tl.iscogs = 'F'",
    columns=(
        Column("transaction_id", "tl.transaction", required=True),
        Column("id", "tl.id", required=True),
        Column("linesequencenumber", "tl.linesequencenumber"),
        Column("taxline", "tl.taxline", required=True),
        Column("kitcomponent", "tl.kitcomponent"),
        Column("quantity", "tl.quantity", required=True),
        Column("rate", "tl.rate"),
        Column("foreignamount", "tl.foreignamount", required=True),
        Column("memo", "tl.memo"),
        Column("unit", "BUILTIN.DF(tl.units)"),
        Column("itemid", "i.itemid", join="LEFT JOIN item i ON i.id = tl.item"),
        Column("displayname", "i.displayname", join="LEFT JOIN item i ON i.id = tl.item"),
    ),
    id="tl.id",
)

# Which documents close which invoices, by how much. Without the link type, other links between the same documents (a
# credit made from an invoice) would count as well. Several lines may link the same two.
APPLICATIONS = Source(
    name="application",
    table="nexttransactionlinelink l",
    where="l.linktype = 'Payment' AND l.previoustype = 'CustInvc'",
    group="l.nextdoc, l.previousdoc",
    columns=(
        Column("nextdoc", "l.nextdoc", required=True),
        Column("previousdoc", "l.previousdoc", required=True),
        Column("foreignamount", "SUM(l.foreignamount)", required=True),
    ),
    id="l.previousdoc",
)

# What a payment must name beside its invoices.
TARGETS = Source(
    name="target",
    table="transaction t INNER JOIN transactionline tl ON tl.transaction = t.id",
    where="t.type = 'CustInvc' AND tl.mainline = 'T'",
    columns=(
        Column("id", "t.id", required=True),
        Column("currency", "t.currency"),
        Column("subsidiary", "tl.subsidiary"),
    ),
    id="t.id",
)

BY_TYPE = {
    RecordType.TERM: TERMS,
    RecordType.CUSTOMER: CUSTOMERS,
    RecordType.CONTACT: CONTACTS,
    RecordType.INVOICE: INVOICES,
    RecordType.CREDIT: CREDITS,
    RecordType.PAYMENT: PAYMENTS,
}
