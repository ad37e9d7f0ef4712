"""Whatever comes in: nothing raises, nothing decides, and nothing of it becomes a header of a mail that goes out.

500 examples a run; `MAILBOT_EXAMPLES=50000 pytest tests/flows/incoming/test_properties.py` makes a longer one.
"""

import email
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import policy
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.domain.trust.envelope import RawMail
from mailbot.domain.trust.senders import TrustSource
from mailbot.domain.values.order import Status
from mailbot.domain.values.text import clean, is_plain_address, tidy
from mailbot.flows.incoming.receive import receive
from mailbot.flows.reply_address import ReplyRules
from mailbot.mail.reading.intake import take_in
from tests.flows.incoming.mails import OUR_HEADERS
from tests.flows.incoming.soup import KNOWN, LETTERS, MUTATED, SOUP
from tests.support.harness import BOT, EVA, HEAD, OPERATOR, POLICY, PURCHASING, RUT, Harness, harness

EXAMPLES = int(os.environ.get("MAILBOT_EXAMPLES", "500"))
OWN_PEOPLE = {PURCHASING, OPERATOR, HEAD}
FINAL = {("parked", None), ("done", "order"), ("done", "answer"), ("done", "ignored"), ("waiting", None)}
LITTLE_TIME = timedelta(hours=2)
"""Between examples, so that nobody gets more answers a day than anybody gets."""

_numbers = count(1)


def share(part: float) -> settings:
    """Return settings for a part of the examples; one bot serves them all, as in life."""
    return settings(
        max_examples=max(1, int(EXAMPLES * part)),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


ENVELOPES = st.sampled_from([RUT, RUT, EVA, "evil@x.test", "", "<>"])


@pytest.fixture(params=["loopback", "none"], scope="module")
def lived_in(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """A bot that takes decisions by reply, with one order that waits for Eva."""
    with harness(tmp_path_factory.mktemp("lived_in")) as made:
        made.mail()
        made.change(
            replies=ReplyRules(BOT, "+", POLICY.purchasing_limit),
            senders=replace(made.bot.senders, trust=TrustSource(request.param)),
        )
        yield made


def let_in(home: Harness, raw: bytes, mail_from: str) -> list[tuple[str, bytes]]:
    """Let one mail come in, and return the mails that were made: recipient and bytes."""
    ((before,),) = home.query("SELECT max(id) FROM outbox")
    home.now += LITTLE_TIME
    numbered = raw + b"\r\n\r\n%d\r\n" % next(_numbers)  # an example tried again is no mail that came before
    receive(home.bot, [RawMail(numbered, mail_from, (BOT,), "127.0.0.1", "smtp", home.now)])
    while home.processor.process_next(home.now):
        pass
    return [(to, mail) for to, mail in home.query(f"SELECT mail_to, raw FROM outbox WHERE id > {before:d}")]  # noqa: S608


def is_known(address: str) -> bool:
    return address in KNOWN or address in OWN_PEOPLE or address.lower().endswith("@example.se")


def check(home: Harness, raw: bytes, mail_from: str) -> None:
    made = let_in(home, raw, mail_from)
    (end,) = home.query("SELECT state, outcome FROM inbox ORDER BY id DESC LIMIT 1")
    assert end in FINAL
    assert home.query("SELECT reason FROM inbox WHERE reason LIKE '%in processing' LIMIT 1") == []
    assert home.query("SELECT count(*) FROM decisions") == [(0,)]
    assert {order.status for order in [home.order("IT-2026-00001")]} == {Status.PENDING}
    for to, sent in made:
        assert is_known(to), to
        assert "x.test" not in to
        _is_clean(to, sent)


def _is_clean(to: str, sent: bytes) -> None:
    """Tell that a strict reader sees our headers alone, one recipient, and no defect."""
    mail = email.message_from_bytes(sent, policy=policy.default)
    names = [name.lower() for name, _ in mail.items()]
    assert set(names) <= OUR_HEADERS, names
    assert len(names) == len(set(names)), names
    assert [a.addr_spec for a in mail["To"].addresses] == [to]
    assert [a.addr_spec for a in mail["From"].addresses] == [BOT]
    assert not mail.defects
    assert b"\x00" not in sent
    assert all(sent[at - 1 : at] == b"\r" for at, byte in enumerate(sent) if byte == 0x0A)


@share(0.6)
@given(raw=st.one_of(SOUP, LETTERS, MUTATED, st.binary(max_size=200)), mail_from=ENVELOPES)
def test_whatever_comes_in_is_read_without_an_exception_into_clean_values(raw: bytes, mail_from: str) -> None:
    found = take_in(raw, mail_from)
    assert found.mail.sender is None or is_plain_address(found.mail.sender)
    assert found.mail.subject == clean(found.mail.subject)
    assert (found.mail.plain, found.mail.html) == (tidy(found.mail.plain), tidy(found.mail.html))
    assert all(ref.isascii() and ref.isprintable() for ref in (found.mail.message_id, *found.mail.references))
    repr(found).encode()


@share(0.1)
@given(raw=SOUP, mail_from=ENVELOPES)
def test_header_soup_never_raises_never_decides_and_adds_no_header(
    lived_in: Harness, raw: bytes, mail_from: str
) -> None:
    check(lived_in, raw, mail_from)


@share(0.1)
@given(raw=st.one_of(LETTERS, MUTATED))
def test_mutated_orders_never_raise_never_decide_and_add_no_header(lived_in: Harness, raw: bytes) -> None:
    check(lived_in, raw, RUT)


def test_there_is_an_order_for_the_tests_above_to_leave_alone(lived_in: Harness) -> None:
    assert lived_in.order("IT-2026-00001").status is Status.PENDING
    assert lived_in.count(EVA, "/decide/") == 1
