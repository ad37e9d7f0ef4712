"""A value for each mail that is called for, and who must hear what: no words, no addresses from mail, no links."""
