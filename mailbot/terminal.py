"""What a terminal may be shown of what strangers wrote."""


def visible(line: str) -> str:
    """Return a line with every sign written out that is none to be read, so that it can steer no terminal."""
    return "".join(sign if sign.isprintable() or sign == "\xa0" else ascii(sign)[1:-1] for sign in line)
