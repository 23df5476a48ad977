"""The tenant's own words, edited by its staff: a draft with a preview, published, undone."""
