"""Everything on one machine, to try the bot without a mail server: a relay that keeps what is sent, and a story."""
