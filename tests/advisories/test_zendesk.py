"""Zendesk's published holes, played against mailbot (docs/rules/limits.md#advisories)."""

from pathlib import Path

import pytest

from tests.flows.incoming.mails import STRANGER, mail, recipients, told
from tests.support.harness import EVA, RUT, Harness, harness
from tests.support.relay import html_of, text_of

ATTACKER = "angripare@x.test"


@pytest.mark.parametrize("trust", ["loopback", "none"])
def test_zendesk_2024_an_address_in_cc_is_never_added_to_anything(tmp_path: Path, trust: str) -> None:
    """A forged mail to a ticket's address with the attacker in Cc brought him the ticket's whole history."""
    with harness(tmp_path, trust=trust) as home:
        home.mail()
        reference = f"#{home.order().reference}" if home.orders() else "Order"
        for sender in (RUT, EVA, "ny.person@example.se", STRANGER):
            headers = [f"Cc: {ATTACKER}", f"Bcc: {ATTACKER}", f"Reply-To: {ATTACKER}", f"Resent-To: {ATTACKER}"]
            raw = mail(*headers, sender=f"From: {sender}", subject=f"Subject: Re: {reference}", body="Vad händer?")
            home.raw(raw, mail_from=ATTACKER)
        home.later(days=4)
        assert ATTACKER not in recipients(home)
        assert STRANGER not in recipients(home)
        assert not any(ATTACKER in sent.as_string() for sent in home.relay.mails())


def test_zendesk_2024_a_colleague_who_guesses_the_reference_learns_nothing_of_the_order(home: Harness) -> None:
    home.mail()
    subject = f"#{home.order().reference}"
    home.mail("Vad händer?", sender="nyfiken@example.se", subject=subject)
    answer = home.sent("nyfiken@example.se")
    assert "Dell" not in text_of(answer)
    assert home.order().number not in text_of(answer)


def test_zendesk_2025_nobody_unknown_is_ever_acknowledged(home: Harness) -> None:
    """Acknowledgements to made-up senders, with the attacker's subject, were used to bomb mailboxes."""
    for number in range(30):
        victim = f"offer{number}@victim.test"
        home.raw(mail(sender=f"From: {victim}", subject="Subject: Köp nu!", body="Köp nu!"), mail_from=victim)
    assert (home.sums(), told(home)) == ({"parked": 30}, [])


def test_zendesk_2025_a_known_victim_gets_three_mails_a_day_without_a_word_of_the_attackers(tmp_path: Path) -> None:
    with harness(tmp_path, trust="none") as home:
        for number in range(30):
            home.mail(f"Köp nu! https://x.test/{number}", subject=f"Köp nu! {number}")
        assert home.count() == home.count(RUT) == 3
        for sent in home.relay.mails():
            assert "Köp nu" not in f"{sent['Subject']} {text_of(sent)} {html_of(sent)}"
            assert "x.test" not in sent.as_string()
