"""Who a mail in a mailbox came from, by the headers that the server left: hearsay."""

from itertools import takewhile

from mailbot.mail.reading.limits import header_block

_SEARCHED_BYTES = 100_000  # of a mail, for the sender of its envelope
_ADDRESS_BYTES = frozenset(range(0x21, 0x7F)) - frozenset(b"<>")
_LONGEST_ADDRESS = 320


def envelope_sender(raw: bytes) -> str:
    """Return the address in the topmost Return-Path, "" for a bounce's `<>`, else that in From.

    Both are hearsay. Without From, a mail whose server left no Return-Path would count as a robot's.
    """
    lines = header_block(raw[:_SEARCHED_BYTES]).replace(b"\r\n", b"\n").split(b"\n")
    found = (_address(_value(lines, name)) for name in (b"return-path", b"from"))
    return next((address for address in found if address is not None), "")


def _value(lines: list[bytes], name: bytes) -> bytes:
    """Return the unfolded value of the topmost header of a name, empty where there is none."""
    heads = (line.partition(b":") for line in lines)
    at = next((n for n, (head, colon, _) in enumerate(heads) if colon and head.rstrip().lower() == name), None)
    if at is None:
        return b""
    folded = takewhile(lambda line: line.startswith((b" ", b"\t")), lines[at + 1 :])
    return lines[at].partition(b":")[2] + b"".join(folded)


def _address(value: bytes) -> str | None:
    before, bracket, _ = value.rpartition(b">")
    bracketed = bool(bracket) and b"<" in before
    address = (before.rpartition(b"<")[2] if bracketed else value).strip()
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS_BYTES.issuperset(address) or not (address or bracketed):
        return None
    return address.decode("ascii")
