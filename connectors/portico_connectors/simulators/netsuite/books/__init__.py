"""The bookkeeping: documents, applications, statuses. The only part that changes amounts."""
