"""The whole suite as one class, from its four parts."""

from portico_connectors.conformance.posting import Posting
from portico_connectors.conformance.reading import Reading
from portico_connectors.conformance.secrecy import Secrecy
from portico_connectors.conformance.weather import Weather


class ConnectorConformance(Reading, Posting, Weather, Secrecy):
    """Subclass it and name the bench."""
