"""What several rooms need: an opened link, a decision, an absence, a mail in the outbox."""
