"""Oracle NetSuite: SuiteQL for reads, the record API for writes, a RESTlet for the paper of an invoice."""

from portico_connectors.netsuite.connector import NetSuite

__all__ = ["NetSuite"]
