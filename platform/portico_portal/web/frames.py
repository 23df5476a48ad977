"""The content policies of the editors, whose previews are frames of this portal's own: no other page has one."""

from portico_portal.web.context import CONTENT_SECURITY_POLICY

WITH_FRAMES = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
FRAMED = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
# A mail carries its styles in its elements, as mail programs want it, and loads nothing but the logo.
MAIL_FRAMED = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; frame-ancestors 'self'"
