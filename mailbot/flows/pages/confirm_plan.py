"""A head confirms the attest plan of a unit from a link; the confirmed plan is kept as a document."""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from mailbot.domain.notices.notice import PlanNotice
from mailbot.domain.ordering.events import PlanConfirmed
from mailbot.domain.ordering.workflow import BY_LINK, Actor
from mailbot.domain.people.attest_plan import AttestPlan, unit_plan
from mailbot.domain.people.directory import Person, Unit
from mailbot.flows.bot import Bot
from mailbot.flows.steps.attest_plan import LATEST
from mailbot.flows.steps.open_link import LinkRefusal, PlanLink, open_as
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.view import View, open_view
from mailbot.flows.write import Work, carry_out
from mailbot.presentation import Place, render
from mailbot.store import directory as people
from mailbot.store import files, marks

CONFIRMED = "plan confirmed:"


@dataclass(frozen=True)
class FormerHead:
    """The link's person heads neither the unit nor one above it, and may not see its plan."""

    person: Person
    unit: Unit


@dataclass(frozen=True)
class HeadsPlan:
    """The plan, with the head whose link shows it."""

    link: PlanLink
    person: Person
    plan: AttestPlan


def see_plan(bot: Bot, token: str, now: datetime) -> HeadsPlan | FormerHead | LinkRefusal:
    """Return the plan as it is now, for the page of a head's link."""
    with open_view(bot, now) as view:
        return _shown(view, token)


def _shown(view: View, token: str) -> HeadsPlan | FormerHead | LinkRefusal:
    link = open_as(view, token, PlanLink)
    if isinstance(link, LinkRefusal):
        return link
    directory = view.directory
    person, unit = directory.persons[link.person], directory.units[link.unit]
    if person.id not in {directory.units[key].head for key in directory.path(unit.id)}:
        return FormerHead(person, unit)
    return HeadsPlan(link, person, unit_plan(unit.id, directory, view.day))


def confirm_plan(bot: Bot, token: str, digest: str, now: datetime) -> bool | FormerHead | LinkRefusal:
    """Confirm the plan that the page showed and tell finance; False if it has changed.

    Rights that a delegator has left behind are kept by it, but for the confirmer's own (docs/rules/attest.md#r28).

    The document is kept, and the event names its SHA-256 (docs/rules/attest.md#r69, #r70).
    """
    return carry_out(bot, now, lambda work: _confirm(work, token, digest))


def _confirm(work: Work, token: str, digest: str) -> bool | FormerHead | LinkRefusal:
    found = _shown(work, token)
    if not isinstance(found, HeadsPlan):
        return found
    link, unit, now = found.link, found.plan.unit.id, work.now
    done = f"{CONFIRMED}{unit}:{link.issued_at}:{digest}"
    if work.rely_on(marks.mark_of, done) is not None:  # reloading the page presses the button again
        return True
    if found.plan.digest != digest:
        return False
    work.put(marks.set_mark, done, now)
    kept = [row.right for row in found.plan.orphans if row.person.id != link.person]
    for right in kept:
        work.put(people.keep_right, right.id, link.person)
    work.ahead = work.directory.with_rights([replace(right, kept_by=link.person) for right in kept])
    plan = unit_plan(unit, work.directory, work.day)
    document = plan_document(work.bot, plan, now).encode()
    ids = tuple(right.id for right in kept)
    confirmed = PlanConfirmed(unit=unit, plan=digest, sha256=sha256(document).hexdigest(), kept=ids)
    work.put(files.keep_document, document)
    work.record(confirmed, Actor(link.person, BY_LINK))
    if plan.head == found.person:  # who heads a unit above confirms what was left behind, not in the head's place
        work.put(marks.set_mark, LATEST + unit, now)
    enqueue(work, [PlanNotice(to=work.bot.finance, plan=plan, confirmed_by=found.person)])
    return True


def plan_document(bot: Bot, found: AttestPlan, now: datetime) -> str:
    """Return the plan as a plain document of its own, in the unit's language."""
    language = found.unit.language or bot.language
    values = {"plan": found, "now": now, "limits_with_vat": bot.policy.limit_includes_vat}
    return render("mails/plan.txt", values, Place(language, bot.policy.timezone, bot.policy.profile), html=False)
