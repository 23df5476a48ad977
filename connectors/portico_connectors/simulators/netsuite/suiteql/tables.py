"""The tables that SuiteQL shows, in lines of `name kind [= expression]`; see `columns.table`."""

from portico_connectors.simulators.netsuite.suiteql.columns import table

_IS_CREDIT = "type IN ('CustCred', 'CustPymt')"
_BALANCE = (
    "(SELECT COALESCE(SUM(CASE WHEN t.type = 'CustInvc' THEN t.total_c - t.used_c ELSE t.used_c - t.total_c END), 0)"
    " / 100.0 FROM tran t WHERE t.entity = customer.id AND t.voided = 'F')"
)

_NAME = "trim(COALESCE(firstname, '') || ' ' || COALESCE(lastname, ''))"
_ALTNAME = f"(CASE WHEN isperson = 'T' THEN {_NAME} ELSE companyname END)"
_ADDRESS_OF = "(SELECT a.id FROM address a WHERE a.entity = customer.id AND a.default{} = 'T' LIMIT 1)"

_ADDRESS = """
    nkey id = id
    addressee text
    attention text
    addr1 text
    addr2 text
    addr3 text
    addrphone text
    addrtext text = address_text(addressee, attention, addr1, addr2, addr3, city, state, zip, country)
    city text
    state text
    dropdownstate text = state
    zip text
    country text
    lastmodifieddate stamp
    recordowner number = entity
"""

_TRANSACTION = f"""
    id id
    type type
    recordtype text = record_type(type)
    abbrevtype text = abbreviation(type)
    tranid text
    transactionnumber text
    trandisplayname text = display_name(type, tranid)
    typebaseddocumentnumber text = tranid
    externalid text
    entity >customer
    trandate date
    duedate date
    closedate date
    createddate datetime
    lastmodifieddate stamp
    status status = (type || ':' || status)
    approvalstatus text = '2'
    currency >currency
    exchangerate number
    foreigntotal number = (CASE WHEN type = 'CustCred' THEN credit_sign() * total_c ELSE total_c END / 100.0)
    foreignamountpaid number = (CASE WHEN type = 'CustInvc' THEN used_c / 100.0 END)
    foreignamountunpaid number = (CASE WHEN type = 'CustInvc' THEN (total_c - used_c) / 100.0 END)
    foreignpaymentamountused number = (CASE WHEN {_IS_CREDIT} THEN used_c / 100.0 END)
    foreignpaymentamountunused number = (CASE WHEN {_IS_CREDIT} THEN (total_c - used_c) / 100.0 END)
    taxtotal number = (CASE WHEN type <> 'CustPymt' THEN tax_c / 100.0 END)
    otherrefnum text
    memo text
    email text
    terms >term
    posting bool = 'T'
    postingperiod number = CAST(strftime('%Y%m', trandate) AS INTEGER)
    billingaddress number
    shippingaddress number
    source text
    void bool = voided
    voided bool
    isreversal bool = 'F'
    visibletocustomer bool = 'T'
    daysopen number = days_open(duedate, CASE WHEN type = 'CustInvc' THEN status END)
    paymenthold bool = 'F'
"""

_PAID = (
    "(CASE WHEN mainline = 'T' THEN "
    "(SELECT {} / 100.0 FROM tran t WHERE t.id = tranline.tran AND t.type {} 'CustInvc') END)"
)

_LINE = f"""
    id id
    transaction id = tran
    linesequencenumber id = id
    uniquekey id
    mainline bool
    taxline bool
    iscogs bool = 'F'
    donotdisplayline bool = 'F'
    transactiondiscount bool = 'F'
    accountinglinetype text = (CASE WHEN mainline = 'T' THEN 'ACCTREC' WHEN taxline = 'T' THEN 'TAX' ELSE 'INCOME' END)
    transactionlinetype text = (CASE WHEN taxline = 'T' THEN 'TAX' ELSE 'NORMAL' END)
    item >item
    itemtype text = (SELECT i.itemtype FROM item i WHERE i.id = tranline.item)
    quantity number = (quantity_u / 1000000.0)
    rate number = (rate_u / 1000000.0)
    price number = (CASE WHEN item IS NOT NULL THEN -1 END)
    foreignamount number = (amount_c / 100.0)
    netamount number = (SELECT round(tranline.amount_c * t.exchangerate) / 100.0 FROM tran t WHERE t.id = tranline.tran)
    foreignamountpaid number = {_PAID.format("t.used_c", "=")}
    foreignamountunpaid number = {_PAID.format("(t.total_c - t.used_c)", "=")}
    foreignpaymentamountused number = {_PAID.format("t.used_c", "<>")}
    foreignpaymentamountunused number = {_PAID.format("(t.total_c - t.used_c)", "<>")}
    units text
    subsidiary >subsidiary = (SELECT t.subsidiary FROM tran t WHERE t.id = tranline.tran)
    createdfrom number = (SELECT t.createdfrom FROM tran t WHERE t.id = tranline.tran)
    entity >customer = (SELECT t.entity FROM tran t WHERE t.id = tranline.tran)
    isclosed bool = 'F'
    memo text
    linelastmodifieddate stamp
"""

_LINK_SOURCE = (
    "application AS a JOIN tran AS p ON p.id = a.previousdoc JOIN tran AS n ON n.id = a.nextdoc WHERE a.amount_c <> 0"
)

ALL = (
    table(
        "customer",
        "customer",
        f"""
        id id
        entityid text
        externalid text
        parent >customer
        isperson bool
        isinactive bool
        altname text = {_ALTNAME}
        companyname text
        firstname text
        lastname text
        email text
        phone text
        url text
        comments text
        defaultbillingaddress number = {_ADDRESS_OF.format("billing")}
        defaultshippingaddress number = {_ADDRESS_OF.format("shipping")}
        receivablesaccount number = 3
        currency >currency
        terms >term
        creditlimit number = (creditlimit_c / 100.0)
        datecreated datetime
        lastmodifieddate stamp
        """,
    ),
    table(
        "customersubsidiaryrelationship",
        "customer",
        f"""
        id id
        entity id = id
        subsidiary >subsidiary
        isprimarysub bool = 'T'
        primarycurrency >currency = currency
        balance number = {_BALANCE}
        depositbalance number = 0
        unbilledorders number = 0
        externalid text
        lastmodifieddate stamp
        """,
    ),
    table(
        "entity",
        "(SELECT id, 'CustJob' AS type, entityid, CASE WHEN isperson = 'T' THEN NULL ELSE companyname END AS altname, "
        "firstname, lastname, email, phone, id AS customer, NULL AS contact, parent, isperson, isinactive, "
        "lastmodifieddate FROM customer UNION ALL SELECT id, 'Contact', entityid, NULL, firstname, lastname, email, "
        "phone, NULL, id, company, 'T', isinactive, lastmodifieddate FROM contact)",
        """
        id id
        type text
        entityid text
        altname text
        firstname text
        lastname text
        email text
        phone text
        customer >customer
        contact >contact
        parent number
        isperson bool
        isinactive bool
        lastmodifieddate stamp
        """,
    ),
    table(
        "contact",
        "contact",
        """
        id id
        entityid text
        externalid text
        firstname text
        lastname text
        email text
        phone text
        title text
        company >customer
        comments text
        isinactive bool
        datecreated datetime
        lastmodifieddate stamp
        """,
    ),
    table(
        "customeraddressbook",
        "address",
        """
        internalid id = id
        entity >customer
        label text
        addressbookaddress number = id
        defaultbilling bool
        defaultshipping bool
        """,
    ),
    table("customeraddressbookentityaddress", "address", _ADDRESS),
    table("transactionbillingaddress", "address", _ADDRESS),
    table("transactionshippingaddress", "address", _ADDRESS),
    table("transaction", "tran", _TRANSACTION),
    table("transactionline", "tranline", _LINE),
    table(
        "nexttransactionlinelink",
        _LINK_SOURCE,
        """
        previousdoc id = a.previousdoc
        previousline number = 0
        previoustype type = p.type
        nextdoc id = a.nextdoc
        nextline number = 0
        nexttype type = n.type
        linktype text = 'Payment'
        foreignamount number = (a.amount_c / 100.0)
        lastmodifieddate stamp = a.lastmodifieddate
        """,
    ),
    table(
        "item",
        "item",
        """
        id id
        itemid text
        externalid text
        displayname text
        fullname text = itemid
        description text
        itemtype text
        subtype text = 'Sale'
        isinactive bool
        incomeaccount number = 4
        stockunit text
        createddate datetime
        lastmodifieddate stamp
        """,
    ),
    table(
        "term",
        "term",
        """
        id id
        name text
        externalid text
        daysuntilnetdue number
        discountpercent number
        daysuntilexpiry number
        isinactive bool
        lastmodifieddate stamp
        """,
    ),
    table(
        "currency",
        "currency",
        """
        id id
        name text
        symbol text
        displaysymbol text
        currencyprecision number
        exchangerate number
        isbasecurrency bool
        isinactive bool
        lastmodifieddate stamp
        """,
        "multi_currency",
    ),
    table(
        "subsidiary",
        "subsidiary",
        """
        id id
        name text
        fullname text
        parent >subsidiary
        currency >currency
        country text
        email text
        isinactive bool
        lastmodifieddate stamp
        """,
        "one_world",
    ),
    table(
        "account",
        "account",
        """
        id id
        acctnumber text
        fullname text
        accttype text
        isinactive bool
        lastmodifieddate stamp
        """,
    ),
    table(
        "deletedrecord",
        "deletedrecord",
        """
        recordid id
        recordtypeid number = 1
        scriptid text
        type text
        name text
        deleteddate stamp
        deletedby number = 1
        context text = 'RESTWebServices'
        iscustomrecord bool = 'F'
        iscustomlist bool = 'F'
        iscustomtransaction bool = 'F'
        """,
    ),
    table("dual", "(SELECT 'X' AS dummy)", "dummy text"),
)
