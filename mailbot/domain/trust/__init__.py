"""Who sent a mail, and how that is known: the mail as a door takes it, and the judgement of its sender."""
