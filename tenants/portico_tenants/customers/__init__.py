"""The tenant's business customers, their contacts and terms, as mirrored from the ERP."""
