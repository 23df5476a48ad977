"""Errors of connectors, sorted by what the caller does next.

    ConnectorError
      RetryLater       wait `after_seconds` (None: the caller's own back-off), repeat; nothing is wrong with us
      Reconnect        ask the tenant to mend credentials or set-up; no retry, the connection is paused
      RecordRejected   set this one record aside with its reason, go on with the page
      PostingRefused   the ERP understood and said no: a person must decide
      OutcomeUnknown   a write was sent and its answer lost: look up by our key before writing again

Texts say what to do and carry ids, never credentials or foreign bodies.
"""


class ConnectorError(Exception):
    """Root of the tree."""


class RetryLater(ConnectorError):
    """Busy, throttled or down."""

    def __init__(self, why: str, after_seconds: float | None = None) -> None:
        super().__init__(why)
        self.after_seconds = after_seconds


class Reconnect(ConnectorError):
    """The ERP refuses our credentials, permissions or set-up."""


class RecordRejected(ConnectorError):
    """One record cannot be translated. `record_type` is a `records.RecordType` value, `erp_id` the ERP's id."""

    def __init__(self, record_type: str, erp_id: str, why: str) -> None:
        super().__init__(why)
        self.record_type = record_type
        self.erp_id = erp_id
        self.why = why


class PostingRefused(ConnectorError):
    """The ERP refused a write for a reason of business (closed period, over-application, unknown document)."""


class OutcomeUnknown(ConnectorError):
    """The answer to a write was lost; it may or may not have happened."""
