"""One invoice or credit memo: what stands on its sheet, on screen, on paper, and as the ERP prints it."""
