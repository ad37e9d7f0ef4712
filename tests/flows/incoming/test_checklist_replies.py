"""New orders that look like answers (docs/rules/mail.md#replies), through the whole flow."""

from tests.flows.incoming.mails import LAPTOP, lines_of, recipients, told
from tests.support.harness import ORDER, RUT, Harness

HEAD = "Den mån 2 mars 2026 kl 10:00 skrev Nils <nils@annan.example>:\n"


def test_f93_an_order_with_lines_like_a_mails_head_is_kept_whole(home: Harness) -> None:
    home.mail(f"Hej\n\nFrån: Avd 12\nTill: Lager\nDatum: i dag\n{ORDER}")
    assert lines_of(home) == LAPTOP


def test_f94_an_order_in_an_old_thread_that_we_do_not_know_is_a_new_one(home: Harness) -> None:
    headers = {"In-Reply-To": "<forr@example.se>", "References": "<forr@example.se> <annu.forr@example.se>"}
    home.mail(f"{ORDER}\n{HEAD}> Tack, vi hörs.\n", subject="Re: Lunch?", headers=headers)
    assert lines_of(home) == LAPTOP


def test_f94_an_incomplete_order_in_such_a_thread_is_asked_back(home: Harness) -> None:
    home.mail("Enhet: cs\n1 st Mus à 100 kr", subject="Re: Lunch?", headers={"In-Reply-To": "<forr@example.se>"})
    assert (home.orders(), recipients(home)) == (0, {RUT})


def test_f94_a_whole_order_in_the_thread_of_one_that_has_left_is_refused_and_makes_no_second_one(
    home: Harness,
) -> None:
    home.mail()
    receipt = home.sent(RUT, "/disown/")
    home.approve()
    home.later(minutes=6)
    home.mail(ORDER.replace("12 500", "9 900"), subject="Re: order", answers=receipt)
    assert home.orders() == 1
    assert told(home)[-1] == ("not_corrected", RUT)


def test_f95_one_endless_line_holds_nobody_up(home: Harness) -> None:
    home.mail("On " + "a " * 10_000, subject="Re: order", headers={"In-Reply-To": "<forr@example.se>"})
    home.mail()
    assert lines_of(home) == LAPTOP
