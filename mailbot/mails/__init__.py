"""How each notice is said: its template gives blocks, the blocks a mail. Nothing here makes an address or a link."""
