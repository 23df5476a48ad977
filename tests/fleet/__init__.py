"""A whole fleet of tenants brought to the next release while the present one serves their portals."""
