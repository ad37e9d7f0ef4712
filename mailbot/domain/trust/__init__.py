"""Who sent a mail, and how that is known."""
