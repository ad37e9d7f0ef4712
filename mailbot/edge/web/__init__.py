"""Pages over HTTP: the server, what every page shares, and a file per visitor."""
