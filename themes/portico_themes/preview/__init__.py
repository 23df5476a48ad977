"""Every page with sample data, as files: for whoever changes a template. The running portal shows `draft` alone."""
