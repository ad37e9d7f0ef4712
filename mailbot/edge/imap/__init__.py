"""The door through which mail is fetched from a mailbox."""
