"""Every mail with sample data, to be looked at."""
