"""Signed and encrypted blocks as mail programs make them: by the cryptography library and by OpenSSL."""

import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from cryptography.x509.oid import NameOID

NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Rut Rask")])


def _certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> x509.Certificate:
    made = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).public_key(key.public_key()).serial_number(7)
    begins, ends = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)
    return made.not_valid_before(begins).not_valid_after(ends).sign(key, hashes.SHA256())


@cache
def _signer() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, _certificate(key)


@cache
def _reader() -> x509.Certificate:
    return _certificate(rsa.generate_private_key(65_537, 2_048))


def signed(inner: bytes) -> bytes:
    """Return a mail in a signed block, in DER."""
    key, certificate = _signer()
    made = pkcs7.PKCS7SignatureBuilder().set_data(inner).add_signer(certificate, key, hashes.SHA256())
    return made.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def signed_in_pieces(inner: bytes) -> bytes:
    """Return a mail in a signed block without stated lengths, its text in pieces, as a stream is written (BER)."""
    key, certificate = _signer()
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (place / "certificate").write_bytes(certificate.public_bytes(Encoding.PEM))
        (place / "mail").write_bytes(inner)
        options = (
            "-sign -nodetach -stream -indef -binary -in mail -signer certificate -inkey key -outform DER -out block"
        )
        subprocess.run(["/usr/bin/openssl", "cms", *options.split()], cwd=place, check=True)  # noqa: S603  fixed words
        return (place / "block").read_bytes()


def encrypted(inner: bytes) -> bytes:
    """Return a mail in an encrypted block."""
    made = pkcs7.PKCS7EnvelopeBuilder().set_data(inner).add_recipient(_reader())
    return made.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
