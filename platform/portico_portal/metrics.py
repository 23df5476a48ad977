"""Prometheus metrics. Labels are routes, queues and kinds, never tenants' names or customers' data."""

from prometheus_client import Counter, Gauge, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Histogram("portico_request_seconds", "Requests answered", ("method", "route", "status"), buckets=BUCKETS)
JOBS = Histogram("portico_job_seconds", "Jobs run", ("job", "outcome"), buckets=(*BUCKETS, 30, 60, 300))
SWEPT = Counter("portico_swept_total", "Sweeps started by the scheduler", ("kind",))
PASSWORDS = Counter("portico_password_hashes_total", "Password hashes computed, to store or to compare", ("cost",))
REFUSED_SIGNATURES = Counter("portico_webhook_refused_total", "Webhooks refused for their signature")
TENANTS = Gauge("portico_tenants", "Tenants", ("state",))  # active, suspended; behind and held back among them
TURNED_AWAY = Counter("portico_turned_away_total", "Requests beyond a tenant's share of a web process")
STREAMS = Gauge("portico_streams", "Open event streams")
