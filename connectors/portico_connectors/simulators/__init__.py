"""ERP simulators: servers that speak an ERP's protocol, for the demo and the tests alone.

They are written to the ERP's documentation, never to our own client; nothing outside demo and tests imports them.
"""
