"""GitLab's published holes, played against mailbot (docs/rules/limits.md#advisories)."""

from decimal import Decimal

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Status
from mailbot.flows.reply_address import ReplyRules
from tests.flows.incoming.mails import STRANGER, mail, recipients, told
from tests.support.harness import ANNA, BOT, EVA, RUT, Harness


def test_gitlab_349329_reply_to_never_speaks_for_its_owner(home: Harness) -> None:
    """Service Desk took Reply-To for the author, so that anyone could write as a maintainer."""
    raw = mail(f"Reply-To: {RUT}", f"Sender: {RUT}", f"Resent-From: {RUT}", sender=f"From: {STRANGER}")
    home.raw(raw, mail_from=RUT)
    assert (home.sums(), told(home)) == ({"parked": 1}, [])
    home.raw(mail(f"Reply-To: {STRANGER}", body="Hej"))
    assert recipients(home) == {RUT}


def test_gitlab_349329_reply_to_corrects_no_order(home: Harness) -> None:
    home.mail()
    subject = f"Subject: #{home.order().reference}"
    home.raw(mail(f"Reply-To: {RUT}", sender=f"From: {ANNA}", subject=subject, body="Leverantör: Atea Sverige AB"))
    assert (home.order().version, home.order().content.supplier) == (1, "Dustin AB")


def test_gitlab_mr_79932_a_request_that_was_passed_on_lets_its_new_owner_decide_nothing_by_mail(home: Harness) -> None:
    """Whoever got a forwarded notification answered as the one it was meant for."""
    home.change(replies=ReplyRules(BOT, "+", Money(Decimal(20_000))))
    home.mail()
    asked = home.sent(EVA, "/decide/")
    for sender in ("nils.nord@example.se", RUT, ANNA, STRANGER):
        raw = mail(f"In-Reply-To: {asked['Message-ID']}", body="GODKÄNN", sender=f"From: {sender}")
        home.raw(raw, mail_from=sender, to=str(asked["Reply-To"]))
    assert home.order().status is Status.PENDING
    home.raw(mail(body="GODKÄNN", sender=f"From: {EVA}"), mail_from=EVA, to=str(asked["Reply-To"]))
    assert home.order().status is Status.APPROVED


def test_gitlab_mr_79932_a_page_says_in_whose_name_it_decides(home: Harness) -> None:
    home.mail()
    with home.pages() as browser:
        page = browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text
    assert "Eva Ek" in page


def test_gitlab_ticket_trick_a_code_mailed_to_our_address_is_shown_to_nobody(home: Harness) -> None:
    """Outsiders had other services mail their codes to the incoming address, and read them in their own ticket."""
    home.mail()
    reference = home.order().reference
    for sender in ("no-reply@slack.test", "verify@slack.test", "feedback@slack.test"):
        home.raw(
            mail(sender=f"From: Slack <{sender}>", subject=f"Subject: #{reference} code 123456", body="Code: 654321"),
            mail_from=sender,
        )
    assert recipients(home) == {RUT, EVA}
    with home.pages() as browser:
        page = browser.get(f"/order/{home.token(RUT, Purpose.ORDER)}").text
    assert "123456" not in page
    assert "654321" not in page
    for sent in home.relay.mails():
        assert "654321" not in sent.as_string()
