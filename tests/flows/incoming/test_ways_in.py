"""The same mail by several ways in is one order; what could not be fetched and a mailbox that is silent both show."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.trust.envelope import RawMail
from mailbot.domain.trust.senders import Proof, TrustSource, Vouched
from mailbot.flows.clock.daily import daily_round
from mailbot.flows.clock.health import ALARM_AFTER, health, polled, tick
from mailbot.flows.incoming.receive import receive_oversized
from mailbot.flows.pages.confirm_sender import confirm_sender
from mailbot.flows.steps.alarms import mailbox_trouble
from tests.support.harness import BOT, EVA, OPERATOR, RUT, Harness, harness, mail_to_bot, token_in

MX = "Received: from mail.example.se (mail.example.se [192.0.2.7]) by mx.example.se (Postfix) with ESMTPS id 4F1"
DOVECOT = "Received: from mx.example.se by imap.example.se with LMTP id eE1; Mon, 2 Mar 2026 10:00:07 +0100"
RAW = mail_to_bot().as_bytes().replace(b"\n", b"\r\n")


def by(way: str, raw: bytes = RAW) -> tuple[bytes, str, str]:
    """Return the mail as it comes by a way in: its bytes there, and where it was handed over."""
    tops = {
        "smtp": [MX],
        "lmtp": ["Return-Path: <rut.rask@example.se>", "X-Original-To: order@inkop.example.se", MX],
        "imap": ["Return-Path: <rut.rask@example.se>", "Delivered-To: order@inkop.example.se", DOVECOT, MX],
    }
    peers = {"smtp": "127.0.0.1", "lmtp": "", "imap": "192.0.2.9"}
    top = "".join(f"{line}\r\n" for line in tops[way]).encode()
    return top + raw, way, peers[way]


def hand_in(home: Harness, way: str, *, settle: bool = True) -> None:
    raw, via, peer = by(way)
    home.store(raw, mail_from=RUT, peer=peer, via=via)
    if settle:
        home.settle()


def everyone_is_proven(_raw: bytes, _received: object) -> Vouched:
    return Vouched(RUT, "example.se", Proof.DKIM)


WAYS = ("smtp", "lmtp", "imap")


class TestTheSameMail:
    @pytest.mark.parametrize("ways", [*permutations(WAYS), *((way, way) for way in WAYS)], ids="-".join)
    @pytest.mark.parametrize("at_once", [False, True])
    def test_by_any_mix_of_ways_is_one_order(self, tmp_path: Path, ways: tuple[str, ...], at_once: bool) -> None:
        with harness(tmp_path, trust=TrustSource.DKIM, vouch=everyone_is_proven) as home:
            for way in ways:
                hand_in(home, way, settle=not at_once)
            home.settle()
            assert home.orders() == 1
            assert home.count(RUT) == home.count(EVA) == 1
            assert home.sums() == {"order": 1, "ignored": len(ways) - 1}
            assert home.reasons() == ["", *["duplicate of 1"] * (len(ways) - 1)]

    def test_again_after_it_was_decided_changes_nothing(self, tmp_path: Path) -> None:
        with harness(tmp_path, trust=TrustSource.DKIM, vouch=everyone_is_proven) as home:
            hand_in(home, "smtp")
            home.approve()
            home.later(minutes=6)
            before = (home.count(), home.history())
            for way in WAYS:
                hand_in(home, way)
            assert (home.count(), home.history()) == before

    def test_is_one_order_also_where_only_one_of_the_ways_proves_its_sender(self, home: Harness) -> None:
        hand_in(home, "imap")
        assert home.sums() == {"waiting": 1}
        hand_in(home, "smtp")
        assert home.orders() == 1
        assert confirm_sender(home.bot, token_in(home.sent(RUT, "/confirm/"), Purpose.CONFIRM), home.now) is True
        home.settle()
        assert home.orders() == 1
        assert home.sums() == {"order": 1, "ignored": 1}

    @pytest.mark.parametrize("way", ["lmtp", "imap"])
    def test_is_proven_by_this_machine_s_address_only_over_smtp(self, home: Harness, way: str) -> None:
        raw, via, _ = by(way)
        home.raw(raw, mail_from=RUT, peer="127.0.0.1", via=via)
        assert home.orders() == 0
        assert home.sums() == {"waiting": 1}

    def test_with_another_word_in_it_is_another_order(self, tmp_path: Path) -> None:
        with harness(tmp_path, trust=TrustSource.DKIM, vouch=everyone_is_proven) as home:
            for raw in (
                RAW,
                RAW.replace(b"Dell XPS 13", b"Dell XPS 14"),
                RAW.replace(b"Message-ID: <", b"Message-ID: <x"),
            ):
                whole, via, peer = by("imap", raw)
                home.raw(whole, mail_from=RUT, peer=peer, via=via)
            assert home.orders() == 3


class TestAMailTooLargeToFetch:
    @pytest.fixture
    def told(self, home: Harness) -> Harness:
        header = RAW.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        mail = RawMail(header, RUT, (BOT,), "192.0.2.9", "imap", home.now)
        receive_oversized(home.bot, mail, 41_000_000, "Parked")
        home.settle()
        return home

    def test_shows_as_parked_with_its_size_and_where_it_lies(self, told: Harness) -> None:
        assert told.sums() == {"parked": 1}
        assert told.reasons() == ["too large (41000000 bytes); it lies in the folder Parked"]
        assert told.orders() == told.count() == 0

    def test_is_listed_to_the_operator(self, told: Harness) -> None:
        told.now += timedelta(minutes=1)
        assert daily_round(told.bot, told.now)
        told.settle()
        assert told.count(OPERATOR, "too large (41000000 bytes)", "Parked") == 1

    def test_holds_up_no_other_mail(self, told: Harness) -> None:
        told.mail()
        assert told.orders() == 1
        assert told.sums() == {"parked": 1, "order": 1}


class TestAMailboxThatIsPolled:
    @pytest.fixture
    def pulling(self, tmp_path: Path) -> Iterator[Harness]:
        with harness(tmp_path) as made:
            polled(made.bot, made.now)
            yield made

    def wait(self, home: Harness, time: timedelta) -> None:
        home.now += time
        tick(home.bot, home.now)

    def test_s_last_look_is_shown_and_counts(self, pulling: Harness) -> None:
        with pulling.pages(polls=True) as browser:
            self.wait(pulling, ALARM_AFTER)
            answer = browser.get("/healthz")
            assert answer.status_code == 200
            assert answer.json()["last_poll"] == ALARM_AFTER.total_seconds()
            self.wait(pulling, timedelta(seconds=1))
            assert browser.get("/healthz").status_code == 503
            polled(pulling.bot, pulling.now)
            assert browser.get("/healthz").status_code == 200

    def test_counts_only_if_a_mailbox_is_configured(self, home: Harness) -> None:
        polled(home.bot, home.now)
        self.wait(home, timedelta(days=1))
        found = health(home.bot, home.now)
        assert found.well
        assert found.last_poll is None

    def test_in_trouble_is_told_to_the_operator_once_a_day(self, pulling: Harness) -> None:
        for _ in range(3):
            mailbox_trouble(pulling.bot, "AUTHENTICATIONFAILED", pulling.now)
            pulling.settle()
        assert pulling.count(OPERATOR, "AUTHENTICATIONFAILED") == 1
        pulling.now += timedelta(days=1, minutes=1)
        mailbox_trouble(pulling.bot, "AUTHENTICATIONFAILED", pulling.now)
        pulling.settle()
        assert pulling.count(OPERATOR, "AUTHENTICATIONFAILED") == 2
