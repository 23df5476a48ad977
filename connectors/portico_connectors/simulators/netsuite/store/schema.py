"""The tables. Amounts are integers in hundredths (`_c`), quantities and rates in millionths (`_u`).

Dates and datetimes are text, `YYYY-MM-DD HH:MM:SS`, wall time of the account's zone: that is how SuiteQL compares
them, so the repeated hour of autumn is as ambiguous here as there. Booleans are 'T' and 'F'.
"""

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sequence (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE currency (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, symbol TEXT NOT NULL UNIQUE, displaysymbol TEXT,
    currencyprecision INTEGER NOT NULL DEFAULT 2, exchangerate REAL NOT NULL DEFAULT 1,
    isbasecurrency TEXT NOT NULL DEFAULT 'F', isinactive TEXT NOT NULL DEFAULT 'F', lastmodifieddate TEXT NOT NULL);

CREATE TABLE subsidiary (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, fullname TEXT NOT NULL, parent INTEGER, currency INTEGER NOT NULL,
    country TEXT, email TEXT, isinactive TEXT NOT NULL DEFAULT 'F', lastmodifieddate TEXT NOT NULL);

CREATE TABLE account (
    id INTEGER PRIMARY KEY, acctnumber TEXT, fullname TEXT NOT NULL, accttype TEXT NOT NULL,
    isinactive TEXT NOT NULL DEFAULT 'F', lastmodifieddate TEXT NOT NULL);

CREATE TABLE term (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, externalid TEXT UNIQUE, daysuntilnetdue INTEGER,
    discountpercent REAL, daysuntilexpiry INTEGER, isinactive TEXT NOT NULL DEFAULT 'F',
    lastmodifieddate TEXT NOT NULL);

CREATE TABLE item (
    id INTEGER PRIMARY KEY, itemid TEXT NOT NULL UNIQUE, externalid TEXT UNIQUE, displayname TEXT, description TEXT,
    itemtype TEXT NOT NULL DEFAULT 'InvtPart', stockunit TEXT, baseprice_u INTEGER,
    isinactive TEXT NOT NULL DEFAULT 'F', createddate TEXT NOT NULL, lastmodifieddate TEXT NOT NULL);

CREATE TABLE customer (
    id INTEGER PRIMARY KEY, entityid TEXT NOT NULL UNIQUE, externalid TEXT UNIQUE, companyname TEXT,
    isperson TEXT NOT NULL DEFAULT 'F', firstname TEXT, lastname TEXT, email TEXT, phone TEXT, url TEXT,
    comments TEXT, parent INTEGER, currency INTEGER NOT NULL, terms INTEGER, creditlimit_c INTEGER,
    subsidiary INTEGER NOT NULL DEFAULT 1, isinactive TEXT NOT NULL DEFAULT 'F', datecreated TEXT NOT NULL,
    lastmodifieddate TEXT NOT NULL);
CREATE INDEX customer_changed ON customer (lastmodifieddate, id);

CREATE TABLE contact (
    id INTEGER PRIMARY KEY, entityid TEXT NOT NULL, externalid TEXT UNIQUE, firstname TEXT, lastname TEXT, email TEXT,
    phone TEXT, title TEXT, company INTEGER, comments TEXT, isinactive TEXT NOT NULL DEFAULT 'F',
    datecreated TEXT NOT NULL, lastmodifieddate TEXT NOT NULL);
CREATE INDEX contact_changed ON contact (lastmodifieddate, id);
CREATE INDEX contact_company ON contact (company);

CREATE TABLE address (
    id INTEGER PRIMARY KEY, entity INTEGER NOT NULL, label TEXT, defaultbilling TEXT NOT NULL DEFAULT 'F',
    defaultshipping TEXT NOT NULL DEFAULT 'F', addressee TEXT, attention TEXT, addr1 TEXT, addr2 TEXT, addr3 TEXT,
    city TEXT, state TEXT, zip TEXT, country TEXT, addrphone TEXT, lastmodifieddate TEXT NOT NULL);
CREATE INDEX address_entity ON address (entity);

CREATE TABLE tran (
    id INTEGER PRIMARY KEY, type TEXT NOT NULL, tranid TEXT NOT NULL, transactionnumber TEXT NOT NULL,
    externalid TEXT, entity INTEGER NOT NULL, trandate TEXT NOT NULL, duedate TEXT, closedate TEXT,
    createddate TEXT NOT NULL, lastmodifieddate TEXT NOT NULL, status TEXT NOT NULL, currency INTEGER NOT NULL,
    exchangerate REAL NOT NULL DEFAULT 1, total_c INTEGER NOT NULL, tax_c INTEGER NOT NULL DEFAULT 0,
    used_c INTEGER NOT NULL DEFAULT 0, otherrefnum TEXT, memo TEXT, email TEXT, terms INTEGER, account INTEGER,
    checknumber TEXT, billingaddress INTEGER, shippingaddress INTEGER, source TEXT, createdfrom INTEGER,
    voided TEXT NOT NULL DEFAULT 'F', subsidiary INTEGER NOT NULL DEFAULT 1);
CREATE UNIQUE INDEX tran_external ON tran (type, externalid) WHERE externalid IS NOT NULL;
CREATE INDEX tran_changed ON tran (lastmodifieddate, id);
CREATE INDEX tran_entity ON tran (entity, type, status);
CREATE INDEX tran_number ON tran (type, tranid);

CREATE TABLE tranline (
    uniquekey INTEGER PRIMARY KEY, tran INTEGER NOT NULL, id INTEGER NOT NULL, mainline TEXT NOT NULL DEFAULT 'F',
    taxline TEXT NOT NULL DEFAULT 'F', item INTEGER, quantity_u INTEGER, rate_u INTEGER, amount_c INTEGER NOT NULL,
    units TEXT, memo TEXT, linelastmodifieddate TEXT NOT NULL);
CREATE UNIQUE INDEX tranline_tran ON tranline (tran, id);

CREATE TABLE application (
    nextdoc INTEGER NOT NULL, previousdoc INTEGER NOT NULL, amount_c INTEGER NOT NULL, applydate TEXT NOT NULL,
    lastmodifieddate TEXT NOT NULL, PRIMARY KEY (nextdoc, previousdoc)) WITHOUT ROWID;
CREATE INDEX application_previous ON application (previousdoc, nextdoc);

CREATE TABLE deletedrecord (
    recordid INTEGER NOT NULL, scriptid TEXT NOT NULL, type TEXT NOT NULL, name TEXT, deleteddate TEXT NOT NULL,
    externalid TEXT);
"""
