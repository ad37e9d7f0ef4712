"""Forged mails: each is how a stranger might pass for Rut, with the reason why it proves nothing.

Three tables: forged words of the gateway, forged words of Microsoft's gateway, and tampering with a signed mail.
"""

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count

import dkim  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from nacl.signing import SigningKey

from mailbot.domain.trust.senders import Doubt

GATEWAY = "mx.example.se"
BORDER = "Received: from mail.sender.test (mail.sender.test [192.0.2.7]) by mx.example.se (Postfix) with ESMTPS id 4F1"
STRANGER = "Received: from laptop ([198.51.100.9]) by mail.evil.test with ESMTP id 77 for <order@inkop.example.se>"
FROM = "From: Rut Rask <rut.rask@example.se>"
REST = (
    "To: order@inkop.example.se",
    "Subject: Stolar",
    "Date: Mon, 23 Nov 2026 09:55:00 +0100",
    "Message-ID: <1@example.se>",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
)
BODY = "Leverantör: Dustin AB\r\n2 st stol à 1 250 kr\r\n"


def mail(*top: str, sender: str = FROM, body: str = BODY) -> bytes:
    """Return a mail with these headers on top and Rut's ordinary ones below; a sender "" leaves From to the top."""
    lines = [*top, *filter(None, [sender]), *REST]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def says(words: str, authserv_id: str = GATEWAY) -> str:
    return f"Authentication-Results: {authserv_id}; {words}"


PASS = "dmarc=pass (p=none dis=none) header.from=example.se"
EVIL_PASS = "dmarc=pass (p=none dis=none) header.from=evil.test"
FAIL = "dmarc=fail (p=none dis=none) header.from=example.se"
VOUCHED = says(PASS)
VOUCHED_EVIL = says(EVIL_PASS)


def passing(words: str) -> bytes:
    """Return a mail of which the gateway says this, as it should be: on top, before the sender's own lines."""
    return mail(says(words), BORDER, STRANGER)


def sent_by(sender: str, *more: str, result: str = VOUCHED) -> bytes:
    """Return a mail with this From line for which the gateway vouches."""
    return mail(result, BORDER, STRANGER, *more, sender=sender)


@dataclass(frozen=True)
class Forgery:
    """How it is done, the mail, and what is to be said of it."""

    how: str
    raw: bytes
    doubt: Doubt


RESULTS = (
    Forgery("no result at all", mail(BORDER, STRANGER), Doubt.NO_RESULT),
    Forgery("another server's result", mail(says(PASS, "mx.evil.test"), BORDER), Doubt.NO_RESULT),
    Forgery("our id as a prefix", mail(says(PASS, "mx.example.se.evil.test"), BORDER), Doubt.NO_RESULT),
    Forgery("our id as a suffix", mail(says(PASS, "evil.mx.example.se"), BORDER), Doubt.NO_RESULT),
    Forgery("our id glued to the version", mail(says(PASS, "mx.example.se1"), BORDER), Doubt.NO_RESULT),
    Forgery("our id with a Cyrillic letter", mail(says(PASS, "mх.example.se"), BORDER), Doubt.NO_RESULT),
    Forgery("our id in a comment after", mail(says(PASS, "evil.test (mx.example.se)"), BORDER), Doubt.NO_RESULT),
    Forgery("our id only in a comment", mail(says(PASS, "(mx.example.se)"), BORDER), Doubt.NO_RESULT),
    Forgery("our id behind a comment", mail(says(PASS, "(by) mx.example.se"), BORDER), Doubt.UNREADABLE_RESULT),
    Forgery("our id in quotes", mail(says(PASS, '"mx.example.se"'), BORDER), Doubt.UNREADABLE_RESULT),
    Forgery("our id half in quotes", mail(says(PASS, 'mx."example".se'), BORDER), Doubt.NO_RESULT),
    Forgery("our id on a folded line", mail(says(f"\r\n {GATEWAY}; {PASS}", "evil.test"), BORDER), Doubt.NO_RESULT),
    Forgery("our id with a version to come", mail(says(PASS, "mx.example.se 2"), BORDER), Doubt.UNREADABLE_RESULT),
    Forgery("our id lower down", mail(BORDER, STRANGER, VOUCHED), Doubt.FORGED_RESULT),
    Forgery("our id at the very end", mail(BORDER, STRANGER, FROM, VOUCHED, sender=""), Doubt.FORGED_RESULT),
    Forgery("our id lower down, below a true one", mail(VOUCHED, BORDER, STRANGER, VOUCHED), Doubt.FORGED_RESULT),
    Forgery("our id below a line without a server", mail("Received: hello", VOUCHED), Doubt.FORGED_RESULT),
    Forgery(
        "our id below a line with our name in a comment",
        mail("Received: from x (sent by mx.example.se) by evil.test", VOUCHED),
        Doubt.FORGED_RESULT,
    ),
    Forgery("one result that contradicts itself", passing(f"{FAIL}; {PASS}"), Doubt.FORGED_RESULT),
    Forgery("the same result twice", passing(f"{PASS}; {PASS}"), Doubt.FORGED_RESULT),
    Forgery("a pass below the gateway's fail", mail(says(FAIL), BORDER, VOUCHED, STRANGER), Doubt.FORGED_RESULT),
    Forgery(
        "a pass below the gateway's silence",
        mail(says("spf=none smtp.mailfrom=evil.test"), BORDER, VOUCHED, STRANGER),
        Doubt.FORGED_RESULT,
    ),
    Forgery("a pass below a copy of our Received line", mail(says(FAIL), BORDER, BORDER, VOUCHED), Doubt.FORGED_RESULT),
    Forgery("a broken one below the gateway's", mail(VOUCHED, BORDER, says('dmarc="'), STRANGER), Doubt.FORGED_RESULT),
    Forgery("DMARC failed", passing(FAIL), Doubt.NOT_PASSED),
    Forgery("DMARC failed though DKIM is aligned", passing(f"dkim=pass header.d=example.se; {FAIL}"), Doubt.NOT_PASSED),
    Forgery("DMARC could not be checked", passing("dmarc=temperror header.from=example.se"), Doubt.NOT_PASSED),
    Forgery("DMARC passed for another domain", passing(EVIL_PASS), Doubt.DOMAIN_DIFFERS),
    Forgery("DMARC passed for a subdomain", passing("dmarc=pass header.from=it.example.se"), Doubt.DOMAIN_DIFFERS),
    Forgery("DMARC passed for a longer name", passing("dmarc=pass header.from=anexample.se"), Doubt.DOMAIN_DIFFERS),
    Forgery("DMARC passed for no one", passing("dmarc=pass"), Doubt.DOMAIN_DIFFERS),
    Forgery(
        "DMARC passed for two domains",
        passing("dmarc=pass header.from=evil.test header.from=example.se"),
        Doubt.DOMAIN_DIFFERS,
    ),
    Forgery("DMARC passed for an envelope", passing("dmarc=pass smtp.mailfrom=example.se"), Doubt.DOMAIN_DIFFERS),
    Forgery("a pass in a comment", passing(f"dmarc=fail ({PASS.replace('(', '').replace(')', '')})"), Doubt.NOT_PASSED),
    Forgery(
        "a pass in a quoted reason",
        passing('dmarc=fail reason="x; dmarc=pass header.from=example.se" header.from=example.se'),
        Doubt.NOT_PASSED,
    ),
    Forgery(
        "a pass in a quoted envelope sender",
        passing('spf=pass smtp.mailfrom="; dmarc=pass header.from=example.se"@evil.test'),
        Doubt.NOT_SIGNED,
    ),
    Forgery("a From domain in a comment", passing("dmarc=pass (header.from=example.se)"), Doubt.DOMAIN_DIFFERS),
    Forgery("a From domain in quotes", passing('dmarc=pass header.from="example.se"'), Doubt.UNREADABLE_RESULT),
    Forgery("comments in each other", passing("dmarc=fail (( ) dmarc=pass ( )) x"), Doubt.UNREADABLE_RESULT),
    Forgery("a comment without end", passing(f"spf=none (; {PASS}"), Doubt.UNREADABLE_RESULT),
    Forgery("a quote without end", passing(f'spf=none reason="; {PASS}'), Doubt.UNREADABLE_RESULT),
    Forgery("a letter that is not ASCII", passing(f"spf=none (ö); {PASS}"), Doubt.UNREADABLE_RESULT),
    Forgery("a result of 9 kB", passing(f"{PASS}; spf=none ({'x' * 9000})"), Doubt.UNREADABLE_RESULT),
    Forgery("SPF alone", passing("spf=pass smtp.mailfrom=rut.rask@example.se"), Doubt.NOT_SIGNED),
    Forgery("compauth alone", passing("compauth=pass reason=100 header.from=example.se"), Doubt.NOT_SIGNED),
    Forgery("ARC alone", passing("arc=pass header.from=example.se header.d=example.se"), Doubt.NOT_SIGNED),
    Forgery("DKIM of another domain", passing("dkim=pass header.d=evil.test"), Doubt.DOMAIN_DIFFERS),
    Forgery("DKIM of the whole of .se", passing("dkim=pass header.d=se"), Doubt.DOMAIN_DIFFERS),
    Forgery(
        "DKIM of a domain that holds ours", passing("dkim=pass header.d=example.se.evil.test"), Doubt.DOMAIN_DIFFERS
    ),
    Forgery("DKIM that says only for whom", passing("dkim=pass header.i=@example.se"), Doubt.DOMAIN_DIFFERS),
    Forgery("DKIM that failed", passing("dkim=fail header.d=example.se"), Doubt.NOT_PASSED),
    Forgery(
        "DKIM that passed and failed",
        passing("dkim=pass header.d=example.se; dkim=fail header.d=example.se"),
        Doubt.NOT_PASSED,
    ),
    Forgery("an ARC header that says so", mail(f"ARC-{VOUCHED}", BORDER), Doubt.NO_RESULT),
    Forgery("a header with X- that says so", mail(f"X-{VOUCHED}", BORDER), Doubt.NO_RESULT),
    Forgery("the header as the text of another", mail(f"X-Note: {VOUCHED}", BORDER), Doubt.NO_RESULT),
    Forgery("the header on a folded line", mail(f"X-Note: a\r\n {VOUCHED}", BORDER), Doubt.NO_RESULT),
    Forgery("the header behind a bare CR", mail(f"X-Note: a\r{VOUCHED}", BORDER), Doubt.SMUGGLED_HEADER),
    Forgery("the header behind a bare LF", mail(f"X-Note: a\n{VOUCHED}", BORDER), Doubt.SMUGGLED_HEADER),
    Forgery("the header behind a NUL", mail(f"X-Note: a\0\r\n{VOUCHED}", BORDER), Doubt.SMUGGLED_HEADER),
    Forgery(
        "the header behind a line of blanks", mail(f"X-Note: a\r\n \t\r\n{VOUCHED}", BORDER), Doubt.SMUGGLED_HEADER
    ),
    Forgery("the header behind an empty line of LF", mail(VOUCHED, f"X-Note: a\n\n{BORDER}"), Doubt.SMUGGLED_HEADER),
    Forgery("a blank before the colon", mail(VOUCHED.replace(":", " :", 1), BORDER), Doubt.SMUGGLED_HEADER),
    Forgery("a line that is no header", mail("no header", VOUCHED, BORDER), Doubt.SMUGGLED_HEADER),
    Forgery("a mailbox's From line first", mail("From rut.rask@example.se Mon Nov 23", VOUCHED), Doubt.SMUGGLED_HEADER),
    Forgery("a byte order mark first", b"\xef\xbb\xbf" + passing(PASS), Doubt.SMUGGLED_HEADER),
    Forgery("an empty line first", b"\r\n" + passing(PASS), Doubt.SMUGGLED_HEADER),
    Forgery("a second From on top", sent_by(FROM, "From: evil@evil.test"), Doubt.DUPLICATE_HEADERS),
    Forgery("a second From below", mail(VOUCHED, BORDER, FROM, sender="FROM: evil@evil.test"), Doubt.DUPLICATE_HEADERS),
    Forgery("the same From twice", sent_by(FROM, FROM), Doubt.DUPLICATE_HEADERS),
    Forgery("no From", mail(VOUCHED, BORDER, sender="X-From: rut.rask@example.se"), Doubt.UNREADABLE_FROM),
    Forgery("two mailboxes", sent_by("From: rut.rask@example.se, evil@evil.test"), Doubt.UNREADABLE_FROM),
    Forgery(
        "two mailboxes, the other first", sent_by("From: evil@evil.test, rut.rask@example.se"), Doubt.UNREADABLE_FROM
    ),
    Forgery("a group", sent_by("From: IT: rut.rask@example.se;"), Doubt.UNREADABLE_FROM),
    Forgery("a group that is empty", sent_by("From: rut.rask@example.se:;"), Doubt.UNREADABLE_FROM),
    Forgery(
        "an address before the address", sent_by("From: evil@evil.test <rut.rask@example.se>"), Doubt.UNREADABLE_FROM
    ),
    Forgery("two addresses in brackets", sent_by("From: <rut.rask@example.se><evil@evil.test>"), Doubt.UNREADABLE_FROM),
    Forgery("brackets in brackets", sent_by("From: <<rut.rask@example.se>>"), Doubt.UNREADABLE_FROM),
    Forgery(
        "brackets in the quoted name", sent_by('From: "<evil@evil.test>" <rut.rask@example.se>'), Doubt.UNREADABLE_FROM
    ),
    Forgery("text behind the address", sent_by("From: <rut.rask@example.se> evil@evil.test"), Doubt.UNREADABLE_FROM),
    Forgery("a comment in the address", sent_by("From: rut.rask@example.se (evil@evil.test)"), Doubt.UNREADABLE_FROM),
    Forgery("a bracket in the address", sent_by("From: rut.rask@example.se)evil@evil.test"), Doubt.UNREADABLE_FROM),
    Forgery("a route before the address", sent_by("From: <@evil.test:rut.rask@example.se>"), Doubt.UNREADABLE_FROM),
    Forgery("a quoted local part", sent_by('From: "rut.rask"@example.se'), Doubt.UNREADABLE_FROM),
    Forgery("an encoded address", sent_by("From: =?utf-8?q?rut=2Erask=40example=2Ese?="), Doubt.UNREADABLE_FROM),
    Forgery("an encoded local part", sent_by("From: =?utf-8?q?rut=2Erask?=@example.se"), Doubt.UNREADABLE_FROM),
    Forgery("a full stop behind the domain", sent_by("From: rut.rask@example.se."), Doubt.UNREADABLE_FROM),
    Forgery("a letter of another alphabet", sent_by("From: rut.rask@exаmple.se"), Doubt.UNREADABLE_FROM),
    Forgery("a letter that folds into ours", sent_by("From: rut.ras\u212a@example.se"), Doubt.UNREADABLE_FROM),
    Forgery("a zero-width space", sent_by("From: rut.rask\u200b@example.se"), Doubt.UNREADABLE_FROM),
    Forgery("an address behind a NUL", sent_by("From: rut.rask@example.se\0@evil.test"), Doubt.SMUGGLED_HEADER),
    Forgery("From behind a bare LF", sent_by("From: evil@evil.test", f"X-Note: a\n{FROM}"), Doubt.SMUGGLED_HEADER),
    Forgery("a second Subject on top", mail("Subject: 20 stolar", VOUCHED, BORDER), Doubt.DUPLICATE_HEADERS),
    Forgery("a second Date", mail(VOUCHED, BORDER, "Date: Tue, 24 Nov 2026 09:55:00 +0100"), Doubt.DUPLICATE_HEADERS),
    Forgery("a second Message-ID", mail(VOUCHED, BORDER, "message-id: <2@example.se>"), Doubt.DUPLICATE_HEADERS),
    Forgery("a second To", mail(VOUCHED, BORDER, "TO: all@example.se"), Doubt.DUPLICATE_HEADERS),
    Forgery("a second Content-Type", mail(VOUCHED, BORDER, "Content-Type: text/html"), Doubt.DUPLICATE_HEADERS),
    Forgery(
        "Rut as the display name of another",
        sent_by('From: "rut.rask@example.se" <evil@evil.test>', result=VOUCHED_EVIL),
        Doubt.UNKNOWN_ADDRESS,
    ),
    Forgery(
        "Rut as an encoded display name",
        sent_by("From: =?utf-8?q?rut=2Erask=40example=2Ese?= <evil@evil.test>", result=VOUCHED_EVIL),
        Doubt.UNKNOWN_ADDRESS,
    ),
    Forgery(
        "Rut's name in front of another's address",
        sent_by("From: Rut Rask <evil@evil.test>", result=VOUCHED_EVIL),
        Doubt.UNKNOWN_ADDRESS,
    ),
    Forgery(
        "Rut in Reply-To",
        sent_by("From: evil@evil.test", "Reply-To: rut.rask@example.se", result=VOUCHED_EVIL),
        Doubt.UNKNOWN_ADDRESS,
    ),
    Forgery(
        "Rut in Sender",
        sent_by("From: evil@evil.test", "Sender: rut.rask@example.se", result=VOUCHED_EVIL),
        Doubt.UNKNOWN_ADDRESS,
    ),
    Forgery(
        "Rut in Cc",
        sent_by("From: evil@evil.test", "Cc: rut.rask@example.se", result=VOUCHED_EVIL),
        Doubt.UNKNOWN_ADDRESS,
    ),
    Forgery(
        "Rut in Return-Path and Resent-From",
        sent_by("From: evil@evil.test", "Return-Path: <rut.rask@example.se>", f"Resent-{FROM}", result=VOUCHED_EVIL),
        Doubt.UNKNOWN_ADDRESS,
    ),
    Forgery(
        "another who answers for his own Sender",
        sent_by(FROM, "Sender: evil@evil.test", result=VOUCHED_EVIL),
        Doubt.DOMAIN_DIFFERS,
    ),
)

INSIDE = (
    "Received: from DB5.eop-eur05.prod.protection.outlook.com by DU2.outlook.office365.com with Microsoft SMTP Server"
)
MAILBOX = "Received: from DU2.eurprd05.prod.outlook.com by AM0.eurprd05.prod.outlook.com with HTTPS"
EDGE = "Received: from mail.sender.test (192.0.2.7) by DB5.mail.protection.outlook.com with Microsoft SMTP Server"


def nameless(dmarc: str = "pass", domain: str = "example.se", dkim_domain: str = "example.se") -> str:
    return (
        f"Authentication-Results: spf=pass (sender IP is 192.0.2.7)\r\n smtp.mailfrom={domain};"
        f" dkim=pass (signature was verified)\r\n header.d={dkim_domain};dmarc={dmarc} action=none"
        f"\r\n header.from={domain};compauth=pass reason=100"
    )


def at_microsoft(*lines: str) -> bytes:
    return mail(MAILBOX, INSIDE, *lines, EDGE, STRANGER)


MICROSOFT_RESULTS = (
    Forgery("no result at all", at_microsoft(), Doubt.NO_RESULT),
    Forgery("a result below the border's line", mail(MAILBOX, INSIDE, EDGE, nameless()), Doubt.NO_RESULT),
    Forgery("a result below a stranger's line", mail(STRANGER, nameless()), Doubt.NO_RESULT),
    Forgery(
        "a result below a line of a look-alike",
        mail("Received: from x by AM0.prod.outlook.com.evil.test with HTTPS", nameless()),
        Doubt.NO_RESULT,
    ),
    Forgery("two results", at_microsoft(nameless(), nameless()), Doubt.FORGED_RESULT),
    Forgery(
        "two results, one of them without DMARC",
        at_microsoft(nameless(), "Authentication-Results: spf=pass smtp.mailfrom=example.se"),
        Doubt.FORGED_RESULT,
    ),
    Forgery("DMARC failed", at_microsoft(nameless("fail")), Doubt.NOT_PASSED),
    Forgery("a pass for another domain", at_microsoft(nameless(domain="evil.test")), Doubt.DOMAIN_DIFFERS),
    Forgery("a guess", at_microsoft(nameless("bestguesspass", dkim_domain="evil.test")), Doubt.DOMAIN_DIFFERS),
    Forgery("compauth alone", at_microsoft("Authentication-Results: compauth=pass reason=100"), Doubt.NOT_SIGNED),
    Forgery("an id before the result", at_microsoft(says(PASS, "evil.test")), Doubt.UNREADABLE_RESULT),
    Forgery("a quoted word", at_microsoft(f'{nameless()}; spf="; dmarc=pass"'), Doubt.UNREADABLE_RESULT),
    Forgery("a second DMARC result", at_microsoft(f"{nameless('fail')}; dmarc=pass"), Doubt.FORGED_RESULT),
    Forgery("a word without a meaning", at_microsoft(f"{nameless()}; hello"), Doubt.UNREADABLE_RESULT),
)


# --- Signed mails, with fresh keys. ---

NAMES = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type")
RELAXED = (b"relaxed", b"relaxed")
_selectors = count(1)


@dataclass(frozen=True)
class Key:
    """A private key, and what DNS says of its public half."""

    algorithm: str
    private: bytes
    record: str
    selector: str = field(default_factory=lambda: f"s{next(_selectors)}")


@cache
def rsa_key(bits: int = 1024) -> Key:
    """Return a fresh RSA key; made from its primes, since keys that are too short are needed too."""
    p, q = _prime(bits // 2), _prime(bits // 2)
    public = rsa.RSAPublicNumbers(65_537, p * q)
    d = rsa.rsa_recover_private_exponent(65_537, p, q)
    parts = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    private = rsa.RSAPrivateNumbers(p, q, d, *parts, public).private_key(unsafe_skip_rsa_key_validation=True)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Key("rsa-sha256", pem, f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}")


def _prime(bits: int) -> int:
    while True:
        n = secrets.randbits(bits) | 3 << (bits - 2) | 1
        if (n - 1) % 65_537 and all(pow(a, n - 1, n) == 1 for a in (2, 3, 5, 7, 11, 13)):
            return n


@cache
def ed25519_key() -> Key:
    key = SigningKey.generate()
    public = base64.b64encode(bytes(key.verify_key)).decode()
    return Key("ed25519-sha256", base64.b64encode(bytes(key)), f"v=DKIM1; k=ed25519; p={public}")


class _Signer(dkim.DKIM):  # type: ignore[misc]
    """Dkimpy's signer that can also state tags it has no word for, such as x=."""

    more: Sequence[tuple[bytes, bytes]] = ()

    def gen_header(self, fields: list[tuple[bytes, bytes]], *args: object) -> bytes:
        header: bytes = super().gen_header([*fields[:-2], *self.more, *fields[-2:]], *args)
        return header


def sign(
    raw: bytes,
    key: Key | None = None,
    *,
    domain: str = "example.se",
    names: Sequence[str] = NAMES,
    canonical: tuple[bytes, bytes] = RELAXED,
    length: bool = False,
    identity: str | None = None,
    more: Mapping[str, str] | None = None,
) -> bytes:
    """Return the mail with a DKIM signature on top."""
    key = key or rsa_key()
    signer = _Signer(raw, signature_algorithm=key.algorithm.encode())
    signer.more = [(name.encode(), value.encode()) for name, value in (more or {}).items()]
    header: bytes = signer.sign(
        key.selector.encode(),
        domain.encode(),
        key.private,
        identity=identity.encode() if identity else None,
        canonicalize=canonical,
        include_headers=[name.encode() for name in names],
        length=length,
    )
    return header + raw


def dns(domain: str = "example.se", **records: str) -> dict[str, tuple[str, ...]]:
    """Return what DNS says of the keys of a domain; `records` say otherwise of "rsa" and "ed25519"."""
    keys = {"rsa": rsa_key(), "ed25519": ed25519_key()}
    return {f"{k.selector}._domainkey.{domain}": (records.get(name, k.record),) for name, k in keys.items()}


PLAIN = mail(STRANGER)
Tamper = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Tampering:
    """How a signed mail is changed on its way, and what is to be said of it then."""

    how: str
    change: Tamper
    doubt: Doubt = Doubt.SIGNATURE_WRONG


def _swap(old: str, new: str) -> Tamper:
    return lambda raw: raw.replace(old.encode(), new.encode(), 1)


def _on_top(line: str) -> Tamper:
    return lambda raw: line.encode() + b"\r\n" + raw


TAMPERINGS = (
    Tampering("another body in an old envelope", lambda raw: raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n20 st stol\r\n"),
    Tampering("text behind the body", lambda raw: raw + b"20 st bord\r\n"),
    Tampering("no body", lambda raw: raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"),
    Tampering("a digit more in the body", _swap("1 250 kr", "11 250 kr")),
    Tampering("another Subject", _swap("Subject: Stolar", "Subject: Bord")),
    Tampering("another Date", _swap("23 Nov", "24 Nov")),
    Tampering("another Message-ID, to be a new order", _swap("<1@example.se>", "<2@example.se>")),
    Tampering("another person of the domain", _swap("rut.rask@", "eva.ek@")),
    Tampering("another name before the address", _swap("Rut Rask", "Eva Ek")),
    Tampering("no Subject any more", _swap("Subject:", "X-Subject:")),
    Tampering("an extra Subject on top", _on_top("Subject: 20 stolar"), Doubt.DUPLICATE_HEADERS),
    Tampering("an extra Subject below", _swap("Subject:", "Subject: 20 stolar\r\nSubject:"), Doubt.DUPLICATE_HEADERS),
    Tampering("an extra From on top", _on_top("From: evil@evil.test"), Doubt.DUPLICATE_HEADERS),
    Tampering("an extra To on top", _on_top("To: all@example.se"), Doubt.DUPLICATE_HEADERS),
    Tampering("an extra Content-Type on top", _on_top("Content-Type: text/html"), Doubt.DUPLICATE_HEADERS),
    Tampering("an extra From behind a bare CR", _on_top("X-Note: a\rFrom: eva.ek@example.se"), Doubt.SMUGGLED_HEADER),
    Tampering("an extra line behind a bare LF", _on_top("X-Note: a\nX-Note: b"), Doubt.SMUGGLED_HEADER),
    Tampering("no signature any more", _swap("DKIM-Signature:", "X-Signature:"), Doubt.NOT_SIGNED),
    Tampering("another signer", _swap("d=example.se", "d=evil.test"), Doubt.DOMAIN_DIFFERS),
    Tampering("a subdomain as signer", _swap("d=example.se", "d=it.example.se")),
    Tampering("a key that does not exist", _swap("; s=s", "; s=x")),
    Tampering("another algorithm", _swap("a=rsa-sha256", "a=rsa-sha1")),
    Tampering("an algorithm that the key is not for", _swap("a=rsa-sha256", "a=ed25519-sha256")),
    Tampering("another version", _swap("v=1;", "v=2;")),
    Tampering("a length of nothing", _swap("v=1;", "v=1; l=0;"), Doubt.NOT_SIGNED),
    Tampering("a tag twice", _swap("v=1;", "v=1; v=1;"), Doubt.NOT_SIGNED),
    Tampering("a tag without a name", _swap("v=1;", "v=1; =1;"), Doubt.NOT_SIGNED),
    Tampering("a letter that is not ASCII", _swap("v=1;", "v=1; z=ö;"), Doubt.NOT_SIGNED),
    Tampering("a signature of 5 kB", _swap("v=1;", f"v=1; z={'x' * 5000};"), Doubt.NOT_SIGNED),
    Tampering("an identity elsewhere", _swap("i=@example.se", "i=@evil.test")),
    Tampering("fewer headers signed", _swap("subject :", "")),
    Tampering("Subject signed under another name", _swap("subject :", "x-subject :")),
    Tampering("a body read otherwise", _swap("c=relaxed/relaxed", "c=relaxed/simple")),
    Tampering("an unknown way of reading", _swap("c=relaxed/relaxed", "c=lax/lax")),
    Tampering("another body hash", _swap("bh=", "bh=AAAA")),
    Tampering("no signature value", lambda raw: raw[: raw.index(b" b=") + 3] + raw[raw.index(b"\r\nReceived") :]),
)
