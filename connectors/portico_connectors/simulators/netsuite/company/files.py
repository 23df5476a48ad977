"""The files of a company folder, as COMPANY.md describes them."""

from portico_connectors.simulators.netsuite.company.read import File


def _file(name: str, columns: str, *, required: bool = False) -> File:
    """A file from its columns; those with a star may not be empty."""
    listed = columns.split()
    filled = tuple(column.rstrip("*") for column in listed if column.endswith("*"))
    return File(name, tuple(column.rstrip("*") for column in listed), filled, required)


COMPANY = _file("company.csv", "name* base_currency*")
TERMS = _file("terms.csv", "name* days* discount_percent discount_days")
CUSTOMERS = _file(
    "customers.csv",
    "number* name* email phone url currency terms credit_limit parent inactive external_id "
    "address1 address2 address3 city state postal_code country",
    required=True,
)
CONTACTS = _file("contacts.csv", "customer* last_name* first_name email phone title")
ITEMS = _file("items.csv", "sku* name* description kind unit price")
INVOICES = _file(
    "invoices.csv",
    "number* customer* date* due_date terms currency po_number memo tax total external_id",
    required=True,
)
INVOICE_LINES = _file("invoice_lines.csv", "invoice* sku description quantity* unit_price* amount unit", required=True)
CREDITS = _file("credits.csv", "number* customer* date* currency memo tax total external_id")
CREDIT_LINES = _file("credit_lines.csv", "credit* sku description quantity* unit_price* amount unit")
CREDIT_APPLICATIONS = _file("credit_applications.csv", "credit* invoice* amount*")
PAYMENTS = _file("payments.csv", "number* customer* date* amount* currency memo external_id")
PAYMENT_APPLICATIONS = _file("payment_applications.csv", "payment* invoice* amount*")
