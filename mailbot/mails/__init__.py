"""How each notice is said: its template's blocks, and the mail they become. No address, link or row is made here."""
