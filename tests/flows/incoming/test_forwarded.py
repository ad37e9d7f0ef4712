"""Mails that may mean something else than they say: forwarded orders, two texts that disagree, encrypted ones.

None becomes an order unseen: the first are asked back, the others set aside and their proven sender told.
"""

from email.message import EmailMessage

import pytest

from mailbot.domain.values.order import Status
from mailbot.flows.clock.daily import daily_round
from mailbot.store import inbox
from tests.flows.incoming.test_intake import mailto
from tests.support.harness import ANNA, BOT, EVA, OPERATOR, ORDER, RUT, Harness, mail_to_bot
from tests.support.relay import text_of

HEAD = f"Från: Anna Ask <{ANNA}>\nSkickat: den 2 mars 2026 09:00\nTill: Rut Rask <{RUT}>\nÄmne: Ny dator\n\n"
QUOTED = "".join(f"> {line}\n" for line in ORDER.splitlines())
FORWARDS = {
    "outlook": f"Kan du beställa den här?\n\n{HEAD}{ORDER}",
    "outlook_alone": HEAD + ORDER,
    "gmail_swedish": f"---------- Vidarebefordrat meddelande ---------\n{HEAD}{ORDER}",
    "gmail_english": (
        "FYI\n\n---------- Forwarded message ---------\nFrom: Anna Ask <anna.ask@example.se>\n"
        f"Date: Mon, 2 Mar 2026 at 09:00\nSubject: Ny dator\nTo: <rut.rask@example.se>\n\n\n{ORDER}"
    ),
    "apple": f"Börja vidarebefordrat brev:\n\n{HEAD}{ORDER}",
    "thunderbird": f"-------- Vidarebefordrat meddelande --------\n{HEAD}{ORDER}",
    "quoted": f"Anna vill ha den här:\n\n{QUOTED}",
}


class TestAForwardedOrder:
    @pytest.mark.parametrize("shape", FORWARDS)
    def test_is_asked_back_and_shown_to_no_approver(self, home: Harness, shape: str) -> None:
        home.mail(FORWARDS[shape], subject="VB: Ny dator")
        assert home.orders() == 0
        assert home.reasons() == ["problems: forwarded"]
        assert home.count(RUT, "Leverantör: Dustin AB", "Dell XPS 13") == home.count() == 1

    @pytest.mark.parametrize("shape", ["outlook", "gmail_english"])
    def test_becomes_the_forwarder_s_own_by_an_answer(self, home: Harness, shape: str) -> None:
        home.mail(FORWARDS[shape], subject="VB: Ny dator")
        home.mail("Ja, det är min beställning.", answers=home.sent(RUT), subject="Re: Ny dator")
        assert home.order().status is Status.PENDING
        assert home.order().requester == home.person(RUT).id
        assert home.count(EVA, "Rut Rask", "/decide/") == 1
        assert home.count(ANNA) == 0

    def test_s_answer_may_say_what_is_missing_or_different(self, home: Harness) -> None:
        home.mail(FORWARDS["outlook"].replace("Godkännare: Eva Ek\n", ""))
        assert home.reasons() == ["problems: forwarded missing"]
        subject, body = mailto(home.sent(RUT), "Godkännare: Anna Ask")
        home.mail(f"{body}\nGodsmärkning: RASK", subject=subject)
        assert home.order().content.approver == home.person(ANNA).id
        assert home.order().requester == home.person(RUT).id

    def test_is_not_taken_up_by_an_answer_of_the_one_who_wrote_it(self, home: Harness) -> None:
        home.mail(FORWARDS["outlook"])
        home.mail("Ja", answers=home.sent(RUT), sender=ANNA)
        assert home.orders() == 0

    @pytest.mark.parametrize("words", ["Vad menar ni?", "Hur gör jag?", "Jag är borta 3-7 dec"])
    def test_is_asked_about_again_after_words_that_say_neither(self, home: Harness, words: str) -> None:
        home.mail(FORWARDS["outlook"])
        home.mail(words, answers=home.sent(RUT))
        assert (home.orders(), home.reasons()[-1]) == (0, "problems: forwarded")

    @pytest.mark.parametrize("words", ["Nej", "Nej tack", "Nej, det är inte min", "No, not mine"])
    def test_is_not_taken_up_after_a_no(self, home: Harness, words: str) -> None:
        home.mail(FORWARDS["outlook"])
        home.mail(words, answers=home.sent(RUT))
        home.mail("Ja", answers=home.sent(RUT))
        assert home.orders() == 0

    def test_brings_its_first_sender_no_mail(self, home: Harness) -> None:
        home.mail(FORWARDS["gmail_swedish"], headers={"Reply-To": ANNA, "Resent-From": ANNA})
        assert home.count(ANNA) == 0

    def test_does_not_hide_an_order_of_one_s_own_above_it(self, home: Harness) -> None:
        home.mail(f"{ORDER}\n\n{HEAD}Hej, kan du beställa en dator åt mig?\n", subject="VB: Ny dator")
        assert home.order().requester == home.person(RUT).id
        assert home.reasons() == [""]

    def test_as_an_attachment_is_no_order_and_its_sender_gets_the_form(self, home: Harness) -> None:
        outer = mail_to_bot("Se bifogat.", subject="VB: Ny dator")
        outer.add_attachment(mail_to_bot(ORDER, sender=ANNA))
        home.raw(outer.as_bytes())
        assert home.orders() == 0
        assert home.reasons() == ["no order"]
        assert home.count(RUT) == home.count() == 1


def both(plain: str, html: str, sender: str = RUT) -> EmailMessage:
    mail = mail_to_bot(plain, sender=sender)
    mail.add_alternative("<p>" + html.replace("\n", "<br>\n") + "</p>", subtype="html")
    return mail


class TestTextAndHtmlThatDisagree:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("12 500", "125 000"),
            ("1 st", "10 st"),
            ("Dustin AB", "Atea Sverige AB"),
            ("Eva Ek", "Anna Ask"),
            ("Enhet: cs", "Enhet: tom"),
        ],
    )
    def test_are_set_aside_and_the_proven_sender_is_told(self, home: Harness, old: str, new: str) -> None:
        home.raw(both(ORDER, ORDER.replace(old, new)).as_bytes())
        assert home.orders() == 0
        assert home.sums() == {"parked": 1}
        assert home.reasons() == ["text and HTML, or two files, say different things"]
        assert home.count(RUT, "gick inte att läsa") == home.count() == 1

    def test_do_not_come_to_an_approver_s_eyes(self, home: Harness) -> None:
        home.raw(both(ORDER, ORDER.replace("12 500", "125 000")).as_bytes())
        assert home.count(EVA) == 0

    def test_are_listed_to_the_operator_who_may_have_them_tried_again(self, home: Harness) -> None:
        home.raw(both(ORDER, ORDER.replace("12 500", "125 000")).as_bytes())
        assert daily_round(home.bot, home.now)
        home.settle()
        assert home.count(OPERATOR, RUT, "say different things") == 1
        with home.bot.database.write() as connection:
            assert inbox.retry(connection, 1, home.now)
        home.settle()
        assert home.sums() == {"parked": 1}

    def test_that_agree_are_an_order(self, home: Harness) -> None:
        home.raw(both(ORDER, ORDER).as_bytes())
        assert home.orders() == 1

    def test_tell_nobody_where_the_sender_is_not_proven(self, home: Harness) -> None:
        raw = both(ORDER, ORDER.replace("12 500", "125 000"), "okand@annan.example").as_bytes()
        home.raw(raw, mail_from="okand@annan.example")
        assert home.count() == 0


PGP = 'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b'
ENCRYPTED = {
    "pgp": (
        f"Content-Type: {PGP}\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n"
        "--b\nContent-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n\n--b--\n"
    ),
    "smime": (
        'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\n'
        "Content-Transfer-Encoding: base64\n\nMIAGCSqGSIb3DQEHA6CA\n"
    ),
    "purview": (
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nProtected message\n"
        "--b\nContent-Type: application/x-microsoft-rpmsg-message; name=message.rpmsg\n\nx\n--b--\n"
    ),
}


class TestAnEncryptedMail:
    def mail(self, kind: str, sender: str = RUT) -> bytes:
        head = f"From: {sender}\nTo: {BOT}\nSubject: order\nMessage-ID: <1@example.se>\nMIME-Version: 1.0\n"
        return (head + ENCRYPTED[kind]).encode()

    @pytest.mark.parametrize("kind", ENCRYPTED)
    def test_is_set_aside_and_its_proven_sender_told(self, home: Harness, kind: str) -> None:
        home.raw(self.mail(kind))
        assert home.sums() == {"parked": 1}
        assert home.reasons() == ["encrypted"]
        told = home.sent(RUT)
        assert home.count() == 1
        assert "BEGIN PGP" not in text_of(told)
        assert str(told["In-Reply-To"]) == "<1@example.se>"

    def test_tells_nobody_where_its_sender_is_not_proven(self, home: Harness) -> None:
        home.raw(self.mail("pgp"), peer="192.0.2.7")
        home.raw(self.mail("smime", "okand@annan.example"), mail_from="okand@annan.example")
        assert home.count() == 0
        assert home.reasons() == ["encrypted", "encrypted"]

    def test_that_is_only_signed_is_read(self, home: Harness) -> None:
        signed = (
            f"From: {RUT}\nTo: {BOT}\nSubject: order\nMIME-Version: 1.0\n"
            'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b\n\n'
            f"--b\nContent-Type: text/plain; charset=utf-8\n\n{ORDER}\n--b\n"
            "Content-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\n"
            "MIAGCSqGSIb3DQEHAqCA\n--b--\n"
        )
        home.raw(signed.encode())
        assert home.orders() == 1
