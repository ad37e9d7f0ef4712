"""A coverage-guided fuzz target for reading mail: whatever the bytes, `take_in` returns in time and says clean things.

Run it with atheris, which no test needs: `python -m tests.flows.incoming.fuzz_intake` (see docs/odd-mail.md).
`tests/flows/incoming/test_fuzz_seeds.py` replays the seeds below at every run.
"""

import sys
import time
from pathlib import Path

from mailbot.domain.values.text import clean, is_plain_address, tidy
from mailbot.mail.reading.intake import take_in

SECONDS = 1.0
ENVELOPES = ("rut.rask@example.se", "", "<>", "x")

SEEDS = (
    b"",
    b"From: a@b.se\r\n\r\nEnhet: cs\r\n1 st Mus \xe0 100 kr\r\n",
    b"From: a@b.se\nContent-Type: text/plain; name*\n\nx",
    b'To: "\r\nFrom: ?@\r\nMessage-ID: <[0@microsoft.com]>\r\n\r\n',
    b"From: =?utf-8?q?=0A?= <a@b.se>\r\nTo: a:b:;\r\nCc: (c):\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary*=idna'sv'%C3%A5\r\n\r\n--\xe5\r\n\r\nx",
    b"Content-Type: text/plain; charset*=idna''x; format*0=y\r\nContent-Transfer-Encoding: base64\r\n\r\n=",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--",
    b"From: a@b.se\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    b"<table><tr><td>Enhet<td>cs</table>\r\n--b\r\nContent-Disposition: attachment; filename=order.csv\r\n\r\n"
    b"Artikelnr;Antal;Pris\r\n--b\r\nContent-Disposition: attachment; filename*0=order.; filename*1=json\r\n\r\n{}",
    b"From: a@b.se\r\n\r\nVidarebefordrat meddelande\r\nFr\xc3\xa5n: x\r\n"
    b"\xc3\x84mne: y\r\nTill: z\r\n\r\n> Enhet: cs\r\n",
    b'From: a@b.se\r\nContent-Type: application/ms-tnef\r\n\r\nx\x9f>"\x00',
    b"\xef\xbb\xbfFrom : a@b.se\r\nSubject:\r\n\xff\xfe\r\n \r\n\x00",
    b"From: a@b.se\r\nContent-Type: text/html\r\n\r\n<blockquote class=q><div style='font-size:0'><!--><td><tr",
    b"From: a@b.se\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nFrom: b@c.se\r\n\r\nx",
)
"""Shapes that made mail libraries fall over (docs/rules/mail.md#parsers), and one of each kind of mail."""


def check(data: bytes) -> None:
    """Read a mail; its first byte chooses the envelope sender. Raises where something is not as it must be."""
    mail_from = ENVELOPES[data[0] % len(ENVELOPES)] if data else ""
    started = time.process_time()
    found = take_in(data[1:], mail_from).mail
    assert time.process_time() - started < SECONDS, "too slow"
    assert found.sender is None or is_plain_address(found.sender), found.sender
    assert found.subject == clean(found.subject), found.subject
    assert (found.plain, found.html) == (tidy(found.plain), tidy(found.html))
    repr(found).encode()


def seeds() -> list[bytes]:
    """Return the seeds as `check` takes them."""
    return [bytes([envelope]) + seed for seed in SEEDS for envelope in range(len(ENVELOPES))]


def main() -> None:
    """Fuzz until stopped; folders and options are libFuzzer's own. The first folder gets the seeds."""
    import atheris  # type: ignore[import-untyped,unused-ignore]

    folder = next((Path(a) for a in sys.argv[1:] if not a.startswith("-")), None)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds()):
            (folder / f"seed-{number}").write_bytes(seed)
    atheris.instrument_all()
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
