"""Invoices, credits and ERP payments as mirrored from the ERP, and the pages that show them."""
