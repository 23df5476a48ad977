"""The shapes of the records that the mirror takes in.

They are the connectors' own (`portico_connectors.records`), which this package may not know: it says what it reads of
them, the type checker compares, and nothing has to be copied from one form into another on the way.
"""

from decimal import Decimal
from typing import Protocol

import msgspec

from portico_tenants.mirror import Mirrored


class TermRecord(Mirrored, Protocol):
    """As `records.Term`."""

    @property
    def name(self) -> str: ...
    @property
    def days_until_due(self) -> int | None: ...


class CustomerRecord(Mirrored, Protocol):
    """As `records.Customer`. The address is any struct of plain texts; money is in major units of `currency`."""

    @property
    def number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def term_erp_id(self) -> str | None: ...
    @property
    def credit_limit(self) -> Decimal | None: ...
    @property
    def parent_erp_id(self) -> str | None: ...
    @property
    def billing_address(self) -> msgspec.Struct: ...
    @property
    def active(self) -> bool: ...


class ContactRecord(Mirrored, Protocol):
    """As `records.Contact`."""

    @property
    def customer_erp_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def active(self) -> bool: ...
