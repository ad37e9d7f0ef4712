"""What a mail begins: the mail is received, read, and handed to the flow of its kind."""
