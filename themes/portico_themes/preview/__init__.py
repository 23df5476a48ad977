"""Every page with sample data, as files: for whoever changes a template. Not used by the running portal."""
