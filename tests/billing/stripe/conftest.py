"""The paysim of the payments' tests serves these as well."""

from tests.billing.payments.conftest import control, gateway, paysim, portal

__all__ = ["control", "gateway", "paysim", "portal"]
