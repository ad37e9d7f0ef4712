"""Whose mail it is, is read in a child: a stranger's bytes cost the bot itself nothing, and DNS is asked from here."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from mailbot.domain.trust.envelope import StoppedError
from mailbot.domain.trust.senders import UNKNOWN, Doubt, Proof, TrustSource, Unknown, Vouched
from mailbot.edge.authentication import MAX_NAMES, authenticator
from mailbot.edge.sandbox import Sandbox
from mailbot.mail.reading.authenticity import Trusted
from tests.mail.reading.forgeries import GATEWAY, PLAIN, dns, mail, sign

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DKIM, BY_GATEWAY = Trusted(TrustSource.DKIM), Trusted(TrustSource.AUTHENTICATION_RESULTS, GATEWAY)


class Dns:
    """What DNS says, and what it was asked and from which thread."""

    def __init__(self, records: dict[str, tuple[str, ...] | Unknown]) -> None:
        self.records = records
        self.asked: list[str] = []
        self.threads: set[int] = set()

    def __call__(self, name: str) -> tuple[str, ...] | Unknown:
        self.asked.append(name)
        self.threads.add(threading.get_ident())
        return self.records.get(name, ())


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def test_a_signed_mail_is_proven_in_a_child_by_what_dns_said_here(box: Sandbox) -> None:
    known = Dns({**dns()})
    found = authenticator(box.run, DKIM, known)(sign(PLAIN), NOW)
    assert found == Vouched("rut.rask@example.se", "example.se", Proof.DKIM, ("order@inkop.example.se",))
    assert len(known.asked) == len(set(known.asked)) == 1
    assert known.threads == {threading.get_ident()}


def test_each_name_is_asked_for_once_though_the_child_comes_back_for_more(box: Sandbox) -> None:
    known = Dns({**dns("it.example.se")})
    found = authenticator(box.run, DKIM, known)(sign(PLAIN, domain="it.example.se"), NOW)
    assert isinstance(found, Vouched)
    assert known.asked[0] == "_dmarc.example.se"
    assert len(known.asked) == len(set(known.asked)) == 2


def test_where_dns_is_silent_nothing_is_known(box: Sandbox) -> None:
    silent = Dns(dict.fromkeys(dns(), UNKNOWN))
    assert authenticator(box.run, DKIM, silent)(sign(PLAIN), NOW) is Doubt.COULD_NOT_VERIFY


def test_no_mail_has_more_looked_up_than_a_few_names(box: Sandbox) -> None:
    known = Dns({})
    many = sign(PLAIN)
    for number in range(30):
        many = sign(many.replace(b"; s=s", b"; s=x%d" % number), domain=f"a{number}.example.se")
    assert isinstance(authenticator(box.run, DKIM, known)(many, NOW), Doubt)
    assert len(known.asked) <= MAX_NAMES


@pytest.mark.parametrize("trusted", [DKIM, BY_GATEWAY], ids=["dkim", "gateway"])
@pytest.mark.parametrize("unit", ["\\(", '""', "(", '"', "\\", " ", "(a", ";a=b", "by "])
def test_ninety_kilobytes_of_a_stranger_s_headers_cost_the_bot_itself_nothing(
    box: Sandbox, trusted: Trusted, unit: str
) -> None:
    line = unit * (15_000 // len(unit))
    names = ("Received", "Authentication-Results: mx.example.se;", "DKIM-Signature: v=1;", "X-Note", "Received", "To")
    raw = mail(*(f"{name if ':' in name else name + ':'} {line}" for name in names))
    box.run(len, b"")  # a child is there
    own = time.thread_time()
    try:
        found = authenticator(box.run, trusted, Dns({}))(raw, NOW)
    except StoppedError:
        pytest.fail("it has to be stopped")
    assert isinstance(found, Doubt)
    assert time.thread_time() - own < 0.1
