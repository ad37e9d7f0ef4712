"""Other machines: how to tell this machine from them, and how to talk to them over TLS."""

import ssl
from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Tell whether the name or address can only be this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def verified_tls() -> ssl.SSLContext:
    """Return a context that verifies certificate and name; SSL_CERT_FILE may name a private authority."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
