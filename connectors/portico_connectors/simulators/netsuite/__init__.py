"""A NetSuite account on localhost: SuiteTalk REST, SuiteQL, RESTlet and both sign-ins, over books kept in SQLite.

Run it: `python -m portico_connectors.simulators.netsuite --port 9101 --data DIR [--account 1234567] ...`, or with
`--config FILE` for several accounts (config.AccountConfig). It is ready when GET /control/health answers 200; the
control API (faults, changes in the ERP, state) is described in control/routes.py, companies from CSV in COMPANY.md.

What it speaks: TBA (HMAC-SHA256) and OAuth 2.0 client credentials; SuiteQL; the record API for customer, contact,
term, invoice, creditMemo, customerPayment, items, currency, subsidiary, account; the metadata catalogue; governance
limits; one RESTlet (restlet/endpoint.py). What it does not have, it refuses as the service would: asynchronous and
batch requests, attachments, custom fields and records, sales orders, credits inside a payment's apply list.
"""
