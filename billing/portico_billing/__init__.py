"""All money: mirrored invoices and credits, payments, holds, allocation, Stripe, postings owed to the ERP."""
