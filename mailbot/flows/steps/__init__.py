"""Steps that several rooms of flows need: open a link, decide, note an absence, put a mail in the outbox."""
