"""Who sent it, from the bytes of a mail to the order: real signatures, a gateway's words, and DNS as a dictionary.

What proves a sender is tested in tests/mail/reading/test_authenticity.py; here, what the bot then does
(docs/rules/promises.md#proof).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.trust.senders import UNKNOWN, Doubt, PlusTags, TrustSource, Unknown, Vouched
from mailbot.domain.values.order import Status
from mailbot.flows.pages.confirm_sender import confirm_sender
from mailbot.mail.reading.authenticity import Trusted, gather
from mailbot.mail.reading.gateway_results import MICROSOFT
from tests.mail.reading.forgeries import (
    BORDER,
    FROM,
    GATEWAY,
    MICROSOFT_RESULTS,
    PASS,
    REST,
    RESULTS,
    STRANGER,
    TAMPERINGS,
    VOUCHED,
    Forgery,
    at_microsoft,
    ed25519_key,
    mail,
    nameless,
    says,
    sign,
)
from tests.mail.reading.forgeries import dns as key_records
from tests.support.harness import ANNA, EVA, ORDER, RUT, Harness, harness

ELSEWHERE = "192.0.2.7"
Records = Mapping[str, Sequence[str] | Unknown]
BODY = ORDER.replace("\n", "\r\n")


class Dns:
    """What DNS says; a test can make it silent. `asked` counts the questions."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.silent = False
        self.asked = 0

    def __call__(self, name: str) -> Sequence[str] | Unknown:
        self.asked += 1
        return UNKNOWN if self.silent else self.records.get(name, ())


def trusting(
    folder: Path, trust: TrustSource, dns: Dns, *, authserv_id: str = GATEWAY, **changes: object
) -> AbstractContextManager[Harness]:
    """Set up a bot that takes this as proof of a sender, as app does."""

    def vouch(raw: bytes, received: datetime) -> Vouched | Doubt:
        return gather(raw, received, Trusted(trust, authserv_id), dns)

    return harness(folder, trust=trust, vouch=vouch, **changes)


def come(home: Harness, *mails: bytes) -> None:
    """Let mails come in through a gateway, thus not from this machine."""
    for raw in mails:
        home.store(raw, mail_from="bounces@sender.test", peer=ELSEWHERE)
    home.settle()


def order(*top: str, sender: str = FROM) -> bytes:
    return mail(*top, sender=sender, body=BODY)


def numbered(raw: bytes, number: int) -> bytes:
    """Return the mail as another one, where it says which it is."""
    return raw.replace(b"<1@example.se>", b"<%d@example.se>" % number)


@pytest.fixture
def keys() -> Dns:
    return Dns(key_records())


class TestByDkim:
    @pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
    def test_a_signed_order_goes_to_the_approver_at_once(self, tmp_path: Path, keys: Dns, algorithm: str) -> None:
        key = ed25519_key() if algorithm == "ed25519" else None
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, sign(order(STRANGER), key))
            assert home.order().status is Status.PENDING
            assert home.order().sender_proof == "dkim"
            assert home.order().requester == home.person(RUT).id
            assert home.count(EVA, "/decide/") == home.count(RUT, "/disown/") == 1
            assert home.query("SELECT DISTINCT proof FROM events") == [("dkim",)]

    def test_the_proof_stands_on_the_approver_s_page(self, tmp_path: Path, keys: Dns) -> None:
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, sign(order(STRANGER)))
            with home.pages() as browser:
                assert "DKIM" in browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text

    def test_no_tampered_order_reaches_the_approver_before_it_is_confirmed(self, tmp_path: Path, keys: Dns) -> None:
        signed = sign(order(STRANGER))
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, *(changed for t in TAMPERINGS if (changed := t.change(signed)) != signed))
            assert home.orders() == home.count("", "/decide/") == home.count("", "Dell") == 0
            assert set(home.sums()) <= {"waiting", "parked"}
            assert home.count() == home.count("", "/confirm/")
            assert home.count(RUT) == 3

    def test_a_forged_order_waits_for_the_address_s_owner(self, tmp_path: Path, keys: Dns) -> None:
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, order(STRANGER))
            assert home.sums() == {"waiting": 1}
            assert home.count(RUT, "/confirm/") == home.count() == 1
            assert home.count("", "Dell") == 0
            assert confirm_sender(home.bot, home.token(RUT, Purpose.CONFIRM), home.now) is True
            home.settle()
            assert home.order().sender_proof == "confirmation_link"
            assert home.count(EVA, "/decide/") == 1

    def test_coming_from_this_machine_proves_nothing_then(self, tmp_path: Path, keys: Dns) -> None:
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            home.mail()
            assert home.sums() == {"waiting": 1}

    def test_a_signature_by_another_domain_proves_nothing(self, tmp_path: Path) -> None:
        with trusting(tmp_path, TrustSource.DKIM, Dns(key_records("evil.test"))) as home:
            come(home, sign(order(STRANGER), domain="evil.test"))
            assert home.sums() == {"waiting": 1}
            assert home.count(EVA) == 0

    def test_the_same_signed_order_under_another_message_id_is_no_second_order(self, tmp_path: Path, keys: Dns) -> None:
        signed = sign(order(STRANGER))
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, signed)
            come(home, signed)
            come(home, numbered(signed, 2))
            assert home.orders() == 1
            assert home.sums() == {"order": 1, "ignored": 1, "waiting": 1}


class TestByTheGateway:
    @pytest.mark.parametrize("result", [VOUCHED, says("dkim=pass header.d=example.se")])
    def test_an_order_that_it_vouches_for_goes_to_the_approver_at_once(self, tmp_path: Path, result: str) -> None:
        with trusting(tmp_path, TrustSource.AUTHENTICATION_RESULTS, Dns({})) as home:
            come(home, order(result, BORDER, STRANGER))
            assert home.order().sender_proof == "authentication_results"
            assert home.count(EVA, "/decide/") == 1

    def test_an_order_that_microsoft_vouches_for_goes_to_the_approver_at_once(self, tmp_path: Path) -> None:
        dns = Dns({})
        with trusting(tmp_path, TrustSource.AUTHENTICATION_RESULTS, dns, authserv_id=MICROSOFT) as home:
            head, gap, _ = at_microsoft(nameless()).partition(b"\r\n\r\n")
            come(home, head + gap + BODY.encode())
            assert home.order().sender_proof == "authentication_results"

    @pytest.mark.parametrize(("authserv_id", "table"), [(GATEWAY, RESULTS), (MICROSOFT, MICROSOFT_RESULTS)])
    def test_no_forged_result_shows_an_approver_anything(
        self, tmp_path: Path, authserv_id: str, table: Sequence[Forgery]
    ) -> None:
        trust = TrustSource.AUTHENTICATION_RESULTS
        with trusting(tmp_path, trust, Dns({}), authserv_id=authserv_id) as home:
            parts = [numbered(f.raw, n).partition(b"\r\n\r\n") for n, f in enumerate(table, 10)]
            come(home, *(head + gap + BODY.encode() for head, gap, _ in parts))
            assert home.orders() == home.count(EVA) == 0
            assert set(home.sums()) <= {"waiting", "parked", "ignored"}
            assert home.count() == home.count(RUT, "/confirm/") == 3
            assert home.count("", "Dell") == 0

    def test_an_order_without_its_word_waits(self, tmp_path: Path) -> None:
        with trusting(tmp_path, TrustSource.AUTHENTICATION_RESULTS, Dns({})) as home:
            come(home, sign(order(STRANGER)))
            assert home.sums() == {"waiting": 1}


class TestWithoutAnAnswerFromDns:
    """It is tried again until DNS answers; that counts as no try, and after twelve hours the owner is asked."""

    def test_nothing_is_decided_about_the_sender_yet(self, tmp_path: Path, keys: Dns) -> None:
        keys.silent = True
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, sign(order(STRANGER)))
            assert home.sums() == {"new": 1}
            assert home.count() == 0

    def test_the_order_goes_on_when_it_answers(self, tmp_path: Path, keys: Dns) -> None:
        keys.silent = True
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, sign(order(STRANGER)))
            keys.silent = False
            home.later(minutes=5)
            assert home.order().sender_proof == "dkim"
            assert home.count(RUT, "/confirm/") == 0

    def test_it_is_asked_again_every_five_minutes_and_not_all_the_time(self, tmp_path: Path, keys: Dns) -> None:
        keys.silent = True
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, sign(order(STRANGER)))
            asked = keys.asked
            for _ in range(4):
                home.later(minutes=1)
            assert keys.asked == asked
            home.later(minutes=1)
            assert keys.asked > asked

    def test_that_counts_as_no_try(self, tmp_path: Path, keys: Dns) -> None:
        keys.silent = True
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, sign(order(STRANGER)))
            for _ in range(3 * home.processor.tries):
                home.later(minutes=5)
            assert home.sums() == {"new": 1}
            assert home.query("SELECT tries FROM inbox") == [(0,)]

    def test_after_twelve_hours_the_owner_of_the_address_is_asked(self, tmp_path: Path, keys: Dns) -> None:
        keys.silent = True
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, sign(order(STRANGER)))
            start = home.now
            while home.now - start < timedelta(hours=11, minutes=30):
                home.later(minutes=30)
            assert home.sums() == {"new": 1}
            home.later(minutes=30)
            assert home.sums() == {"waiting": 1}
            assert home.count(RUT, "/confirm/") == home.count() == 1
            assert confirm_sender(home.bot, home.token(RUT, Purpose.CONFIRM), home.now) is True
            home.settle()
            assert home.orders() == 1

    def test_other_mail_is_not_held_up(self, tmp_path: Path, keys: Dns) -> None:
        keys.silent = True
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, sign(order(STRANGER)))
            come(home, order(STRANGER, sender="From: anna.ask@example.se").replace(b"<1@", b"<2@"))
            assert home.sums() == {"new": 1, "waiting": 1}

    def test_an_alignment_that_the_gateway_left_open_is_tried_again_too(self, tmp_path: Path) -> None:
        dns = Dns({})
        dns.silent = True
        with trusting(tmp_path, TrustSource.AUTHENTICATION_RESULTS, dns) as home:
            come(home, order(says("dkim=pass header.d=it.example.se"), BORDER, STRANGER))
            assert home.sums() == {"new": 1}
            dns.silent = False
            home.later(minutes=5)
            assert home.orders() == 1

    def test_a_stranger_is_parked_without_asking_it(self, tmp_path: Path, keys: Dns) -> None:
        keys.silent = True
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, sign(order(STRANGER, sender="From: okand@annan.example"), domain="annan.example"))
            assert home.sums() == {"parked": 1}
            assert home.count() == 0


class TestOnePersonWithManyAddresses:
    TAGGED = "From: rut.rask+it@example.se"

    def test_a_plus_tag_is_another_address_unless_it_is_to_be_stripped(self, tmp_path: Path, keys: Dns) -> None:
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, sign(order(STRANGER, sender=self.TAGGED)))
            assert home.order().requester == home.person("rut.rask+it@example.se").id != home.person(RUT).id

    def test_a_stripped_plus_tag_is_the_person_who_is_answered_at_the_registered_address(
        self, tmp_path: Path, keys: Dns
    ) -> None:
        with trusting(tmp_path, TrustSource.DKIM, keys, plus_tags=PlusTags.STRIP) as home:
            come(home, sign(order(STRANGER, sender=self.TAGGED)))
            assert home.order().requester == home.person(RUT).id
            assert home.count(RUT, "/disown/") == 1
            assert home.count("rut.rask+it@") == 0

    def test_a_stripped_plus_tag_proves_no_more_than_the_address(self, tmp_path: Path, keys: Dns) -> None:
        with trusting(tmp_path, TrustSource.DKIM, keys, plus_tags=PlusTags.STRIP) as home:
            for number in range(2, 7):
                forged = order(STRANGER, sender=f"From: rut.rask+{number}@example.se")
                come(home, numbered(forged, number))
            assert home.orders() == 0
            assert home.count(RUT, "/confirm/") == home.count() == 3, "three a day for the person, whatever the tag"

    def test_an_alias_is_the_person_whoever_writes_and_whoever_is_meant(self, tmp_path: Path, keys: Dns) -> None:
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            raw = mail(STRANGER, sender="From: EVA@Example.SE", body=BODY.replace("Eva Ek", "eva@example.se"))
            come(home, sign(raw))
            assert home.order().requester == home.order().content.approver == home.person(EVA).id
            assert len(home.query("SELECT id FROM people WHERE address LIKE 'eva%'")) == 1
            assert home.count(EVA, "egen beställning") == 1

    def test_a_correction_may_come_from_any_of_them(self, tmp_path: Path, keys: Dns) -> None:
        with trusting(tmp_path, TrustSource.DKIM, keys) as home:
            come(home, sign(mail(STRANGER, sender=f"From: {EVA}", body=BODY.replace("Eva Ek", "Anna Ask"))))
            subject = f"Subject: #{home.order().reference}"
            rest = "\r\n".join([STRANGER, "From: eva@example.se", *REST]).replace("Subject: Stolar", subject)
            raw = numbered(f"{rest}\r\n\r\nGodsm=C3=A4rkning: RASK\r\n".encode(), 2)
            quoted = raw.replace(b"MIME-Version", b"Content-Transfer-Encoding: quoted-printable\r\nMIME-Version")
            come(home, sign(quoted))
            assert home.order().version == 2


class TestWhoeverIsProven:
    def test_a_display_name_or_another_header_makes_no_one_else_of_them(self, tmp_path: Path) -> None:
        with trusting(tmp_path, TrustSource.AUTHENTICATION_RESULTS, Dns({})) as home:
            sender = 'From: "Rut Rask rut.rask@example.se" <anna.ask@example.se>'
            come(home, order(VOUCHED, BORDER, f"Reply-To: {RUT}", f"Sender: {RUT}", sender=sender))
            assert home.order().requester == home.person(ANNA).id
            assert home.count(RUT) == 0

    def test_a_stranger_is_parked_however_well_proven(self, tmp_path: Path) -> None:
        stranger = says(PASS.replace("example.se", "annan.example"))
        with trusting(tmp_path, TrustSource.AUTHENTICATION_RESULTS, Dns({})) as home:
            come(home, order(stranger, BORDER, sender="From: okand@annan.example"))
            assert home.sums() == {"parked": 1}
            assert home.count() == 0
