"""Pages over HTTP: the server, what every page shares, and one file for each kind of visitor."""
