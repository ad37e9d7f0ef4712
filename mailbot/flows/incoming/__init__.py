"""What a mail begins: it is received, read, and handed to the flow of its kind."""
