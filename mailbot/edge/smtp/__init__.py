"""The door that mail is handed in by: SMTP and LMTP."""
