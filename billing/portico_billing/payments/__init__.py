"""Payments of customers: chosen, promised to invoices, settled by Stripe, owed to the ERP, receipted."""
