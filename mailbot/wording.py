"""Every named value of the domain in plain English words: the message ids that locale/ translates.

Names alone (fields, states, reasons) are short and end without a stop; refusals and problems are whole sentences that
name cause and remedy. Nothing is translated or chosen here.
"""

from collections.abc import Mapping
from enum import StrEnum

from mailbot.domain.absence import AbsenceProblem
from mailbot.domain.appointing import Objection
from mailbot.domain.appointment import Fault, Key
from mailbot.domain.directory import RightKind
from mailbot.domain.draft import ProblemKind
from mailbot.domain.flags import Flag
from mailbot.domain.money import AmountProblem
from mailbot.domain.notices import NoticeKind
from mailbot.domain.order import Destination, Field, RouteReason, Status
from mailbot.domain.rights import Denial
from mailbot.domain.senders import Doubt, Proof
from mailbot.domain.step_up import StepUp
from mailbot.domain.workflow import Happened, Refusal


def N_(message: str) -> str:  # noqa: N802  the name that catalogue tools look for
    """Mark a text for the catalogue and return it as it is."""
    return message


_FIELDS: dict[Field, str] = {
    Field.UNIT: N_("Unit"),
    Field.APPROVER: N_("Approver"),
    Field.SUPPLIER: N_("Supplier"),
    Field.ACCOUNTING: N_("Accounting"),
    Field.AGREEMENT: N_("Agreement"),
    Field.QUOTE: N_("Quote"),
    Field.PROJECT: N_("Project"),
    Field.REFERENCE: N_("Reference"),
    Field.DELIVERY_ADDRESS: N_("Delivery address"),
    Field.GOODS_MARK: N_("Goods mark"),
    Field.WANTED_DATE: N_("Wanted date"),
    Field.REASON: N_("Reason"),
    Field.FOR_PERSON: N_("For person"),
    Field.CATEGORY: N_("Category"),
    Field.CURRENCY: N_("Currency"),
    Field.VAT: N_("VAT"),
    Field.TOTAL: N_("Total"),
    Field.COUNTERVALUE: N_("Value in SEK"),
}

_STATUSES: dict[Status, str] = {
    Status.PENDING: N_("Waiting for a decision"),
    Status.REJECTED: N_("Rejected"),
    Status.WITHDRAWN: N_("Withdrawn"),
    Status.APPROVED: N_("Approved"),
    Status.LEAVING: N_("Approved and being sent"),
    Status.SENT: N_("Sent to the supplier"),
    Status.WITH_PURCHASING: N_("With the purchasing office"),
}

_DESTINATIONS: dict[Destination, str] = {
    Destination.SUPPLIER: N_("The supplier"),
    Destination.PURCHASING: N_("The purchasing office"),
}

_ROUTE_REASONS: dict[RouteReason, str] = {
    RouteReason.COMMENT: N_("The approver wrote a comment"),
    RouteReason.OVER_LIMIT: N_("The amount is over the limit"),
    RouteReason.FOREIGN_CURRENCY: N_("The currency is not Swedish kronor"),
    RouteReason.UNKNOWN_SUPPLIER: N_("The supplier is not in the register"),
    RouteReason.NOT_DELIVERED: N_("The order could not be delivered to the supplier"),
}

_DENIALS: dict[Denial, str] = {
    Denial.NO_RIGHT: N_(
        "You may not decide this order, since you are not an approver of its unit today. Leave it to someone who is."
    ),
    Denial.OWN_ORDER: N_(
        "You may not decide this order, since it is your own and the unit does not allow that. "
        "Leave it to another approver."
    ),
    Denial.RECUSED: N_("You have said that you have an interest in this order, so others decide it."),
    Denial.INTEREST: N_(
        "You may not decide this order, since an interest of yours in the supplier is registered. Leave it to others."
    ),
    Denial.OWN_COST: N_("You may not decide this order, since the purchase is for you. Leave it to others."),
    Denial.OWN_COST_OF_OTHER: N_(
        "You may not decide this order: the rules name somebody else for purchases for this person."
    ),
    Denial.NOT_ABOVE: N_(
        "You may not decide this order: a purchase for this person is decided by a superior of theirs."
    ),
    Denial.OVER_OWN_LIMIT: N_(
        "You may not decide this order, since its amount is over the limit of your right. Leave it to a level above."
    ),
    Denial.AMOUNT_UNKNOWN: N_(
        "You may not decide this order, since your right has a limit in kronor and the order states no value in kronor."
    ),
    Denial.HOLDER_PRESENT: N_(
        "You may not decide this order: a deputy decides only while the one they stand for is registered as away."
    ),
    Denial.HOLDER_GONE: N_("You may not decide this order, since the one you stand in for no longer has the right to."),
    Denial.NOT_PORTAL: N_(
        "You may not decide this order: your role decides only orders through the portal, which this is not."
    ),
    Denial.NOT_YET: N_("You may not decide this order, since your right has not begun yet."),
    Denial.EXPIRED: N_("You may not decide this order, since your right has run out. Ask your head to renew it."),
    Denial.ENDED: N_("You may not decide this order, since your right has been ended."),
}

_REFUSALS: dict[Refusal, str] = {
    Refusal.DECIDED: N_("The order had already been decided, so this changed nothing."),
    Refusal.CHANGED: N_("The order has been changed since you were shown it. Read the new version and decide on that."),
    Refusal.WITHDRAWN: N_("The order has been withdrawn, so this changed nothing."),
    Refusal.LEFT: N_(
        "The order has already left, so it can no longer be changed, withdrawn or undone. "
        "Write to the purchasing office if something is wrong."
    ),
    Refusal.NOT_YOURS: N_(
        "Only the person who ordered can change the order, and only the person who decided can undo the decision. "
        "Ask that person."
    ),
    Refusal.NOT_DECIDED: N_("There is no decision to undo. The order is waiting for one, or has been changed since."),
    Refusal.UNCHANGED: N_(
        "What you sent makes no difference to the order. "
        "Write the fields that are to be different, and their new values."
    ),
    Refusal.TOO_FAST: N_("So many decisions in one minute are a machine's. Wait a minute, then press again."),
    Refusal.NOT_BY_REPLY: N_(
        "Nothing was decided: a decision could not be read from your answer, or may not be made by mail. "
        "Open the link and decide on the page."
    ),
    Refusal.ONE_PERSON: N_("The order cannot leave: the same person ordered and approved it. Another must decide."),
    Refusal.NOT_PENDING: N_("The order is not waiting for this step now. Its page shows where it stands."),
}

_RIGHTS: dict[RightKind, str] = {
    RightKind.ORDER: N_("Decides orders"),
    RightKind.PURCHASING: N_("Acts for the purchasing office"),
    RightKind.APPOINT: N_("Appoints approvers"),
}

_ABSENCE_PROBLEMS: dict[AbsenceProblem, str] = {
    AbsenceProblem.UNKNOWN_PERSON: N_("Nobody is registered by that name. Write the person's mail address instead."),
    AbsenceProblem.NOT_THEIR_HEAD: N_("Only the person and the head of the unit can register an absence."),
    AbsenceProblem.OWN_DEPUTY: N_(
        "You are the deputy of this person, so somebody else must register the absence. "
        "Ask the person, or another head."
    ),
    AbsenceProblem.UNREADABLE: N_("The days could not be read. Write them as below."),
    AbsenceProblem.BACKWARDS: N_("The last day is before the first. Write the days in order."),
    AbsenceProblem.OVER: N_("The last day is over already. Write a day to come."),
    AbsenceProblem.TOO_LONG: N_("The absence is longer than a year. Write a nearer last day."),
    AbsenceProblem.UNKNOWN_SUBSTITUTE: N_("The substitute could not be found. Write the person's mail address."),
    AbsenceProblem.OWN_SUBSTITUTE: N_("Nobody stands in for themselves. Name another person, or nobody."),
}

_PROBLEMS: dict[ProblemKind, str] = {
    ProblemKind.MISSING: N_("This is missing. Fill it in."),
    ProblemKind.CONFLICT: N_("This is given twice, with different values. Write it once."),
    ProblemKind.UNKNOWN_UNIT: N_("There is no unit with this name. Write the name of a unit that takes orders."),
    ProblemKind.UNIT_WITHOUT_APPROVER: N_(
        "The unit has no approver now and takes no orders. Its head and the purchasing office have been told. "
        "Order again when an approver has been appointed."
    ),
    ProblemKind.UNKNOWN_APPROVER: N_(
        "No one with this name or address is known. Write the full name of someone who may decide the order."
    ),
    ProblemKind.AMBIGUOUS_APPROVER: N_("Several people have this name. Write the mail address of the one you mean."),
    ProblemKind.APPROVER_WITHOUT_RIGHT: N_(
        "This person is not an approver of the unit today. Name someone who may decide the order."
    ),
    ProblemKind.OWN_ORDER: N_("The unit does not allow you to decide your own order. Name another approver."),
    ProblemKind.UNKNOWN_CURRENCY: N_(
        "This currency cannot be used. Write SEK, EUR, USD, NOK, DKK or GBP, or leave the field out for Swedish kronor."
    ),
    ProblemKind.MIXED_CURRENCIES: N_(
        "This amount is in another currency than the order. Write all amounts in one currency, and state it in the "
        "field Currency unless it is Swedish kronor."
    ),
    ProblemKind.UNKNOWN_VAT: N_(
        "This could not be read. Write excl or incl, and the rate 25, 12, 6 or 0. For example: excl 25."
    ),
    ProblemKind.NO_LINES: N_(
        "No order line was found. Write at least one. For example: 2 pcs Laptop Latitude 5450 at 12 500 kr"
    ),
    ProblemKind.UNREAD_LINE: N_(
        "This looks like an order line, but it is not sure what it means. Write quantity, unit, description and the "
        "price of one. For example: 2 pcs Laptop Latitude 5450 at 12 500 kr"
    ),
    ProblemKind.TOO_MANY_LINES: N_("There are more lines than one order can hold. Send them as several orders."),
    ProblemKind.PLACEHOLDER: N_(
        "The example in the form has not been replaced. Write your own value, or delete the line."
    ),
    ProblemKind.FORWARDED: N_(
        "The order stands in a mail that was forwarded, and was perhaps written by somebody else. "
        "Answer this mail with the form below to order it in your own name."
    ),
    ProblemKind.BAD_QUANTITY: N_("The quantity could not be taken as it is written."),
    ProblemKind.BAD_PRICE: N_("The price could not be taken as it is written."),
    ProblemKind.BAD_TOTAL: N_("The total could not be taken as it is written."),
    ProblemKind.BAD_COUNTERVALUE: N_("The value in kronor could not be taken as it is written."),
    ProblemKind.AMBIGUOUS_PERSON: N_("Several people have this name. Write the person's mail address."),
}

_AMOUNT_PROBLEMS: dict[AmountProblem, str] = {
    AmountProblem.EMPTY: N_("Nothing is written there. Write a number."),
    AmountProblem.UNREADABLE: N_("It is not a number that can be read. Write it in digits."),
    AmountProblem.AMBIGUOUS: N_("It cannot be read for certain. Write a number with at most two decimals."),
    AmountProblem.NOT_POSITIVE: N_("It is not above zero. Write a number above zero."),
    AmountProblem.TOO_LARGE: N_("It is larger than can be ordered by mail. Check the number, or write to purchasing."),
    AmountProblem.TOO_MANY_DECIMALS: N_("It has too many decimals. Write at most two."),
}

_HAPPENINGS: dict[Happened, str] = {
    Happened.OPENED: N_("Order received"),
    Happened.CORRECTED: N_("Order changed by its requester"),
    Happened.APPROVED: N_("Approved"),
    Happened.REJECTED: N_("Rejected"),
    Happened.UNDONE: N_("Decision undone"),
    Happened.DECISION_DISOWNED: N_("“I did not decide this”"),
    Happened.WITHDRAWN: N_("Withdrawn"),
    Happened.DISOWNED: N_("“I did not send this order”"),
    Happened.LEAVING: N_("Time to undo is over, the order leaves"),
    Happened.RETURNED: N_("Time to undo is over, the order goes back to its requester"),
    Happened.DELIVERED: N_("Sent"),
    Happened.NOT_DELIVERED: N_("Could not be delivered"),
    Happened.REMINDED: N_("Reminder"),
    Happened.ASKED: N_("Question to the requester"),
    Happened.ANSWERED: N_("Answer from the requester"),
    Happened.MAIL_FAILED: N_("A mail about the order could not be delivered"),
    Happened.MAIL_DELAYED: N_("A mail about the order is delayed"),
    Happened.AWAY: N_("The approver is away"),
    Happened.RECUSED: N_("Conflict of interest: handed on to others"),
    Happened.HANDED_OVER: N_("Another approver asked instead"),
    Happened.MOVED: N_("The rights have changed: others asked"),
    Happened.HELD: N_("Held back: ordered and approved by one person"),
}

_PROOFS: dict[Proof, str] = {
    Proof.LOOPBACK: N_("Mail handed in on the bot's own machine"),
    Proof.CONFIRMATION_LINK: N_("Confirmation link sent to the address"),
    Proof.AUTHENTICATION_RESULTS: N_("Check by our own mail gateway"),
    Proof.DKIM: N_("Signature of the sender's domain (DKIM)"),
}

_DOUBTS: dict[Doubt, str] = {
    Doubt.UNREADABLE_FROM: N_("The sender's address could not be read"),
    Doubt.UNKNOWN_ADDRESS: N_("The sender may not order here"),
    Doubt.NOT_PROVEN: N_("Nothing shows who sent it"),
    Doubt.SMUGGLED_HEADER: N_("The mail hides one header inside another"),
    Doubt.DUPLICATE_HEADERS: N_("A header that may stand only once stands there twice"),
    Doubt.NO_RESULT: N_("Our own mail gateway has said nothing about the sender"),
    Doubt.UNREADABLE_RESULT: N_("What our own mail gateway says of the sender cannot be read"),
    Doubt.FORGED_RESULT: N_("A result in the mail pretends to be from our own mail gateway"),
    Doubt.NOT_PASSED: N_("Our own mail gateway could not confirm the sender"),
    Doubt.NOT_SIGNED: N_("The sender's domain has not signed the mail"),
    Doubt.SIGNATURE_WRONG: N_("The signature does not fit the mail"),
    Doubt.DOMAIN_DIFFERS: N_("The confirmed domain is not that of the sender's address"),
    Doubt.COULD_NOT_VERIFY: N_("The sender could not be checked just now"),
}

_NOTICES: dict[NoticeKind, str] = {
    NoticeKind.RECEIPT: N_("Receipt for an order"),
    NoticeKind.PROBLEMS: N_("What an order lacks"),
    NoticeKind.HELP: N_("How to order"),
    NoticeKind.CONFIRM_SENDER: N_("Request to confirm a mail"),
    NoticeKind.NOT_CORRECTED: N_("Why an order was not changed"),
    NoticeKind.PARKED: N_("A mail could not be read"),
    NoticeKind.REQUEST: N_("Request for a decision"),
    NoticeKind.REMINDER: N_("Reminder of orders that wait"),
    NoticeKind.PENDING_LIST: N_("List of orders that wait"),
    NoticeKind.DECIDED: N_("Receipt for a decision"),
    NoticeKind.OWN_ORDER: N_("Notice of a decided own order"),
    NoticeKind.WITHDRAWN: N_("Notice of a withdrawn order"),
    NoticeKind.QUESTION: N_("Question to a requester"),
    NoticeKind.ANSWER: N_("Answer from a requester"),
    NoticeKind.DISPATCHED: N_("Notice that an order has been sent"),
    NoticeKind.REJECTED: N_("Rejected order back to its requester"),
    NoticeKind.NOT_DELIVERED: N_("Notice that an order could not be delivered"),
    NoticeKind.TO_SUPPLIER: N_("Order to a supplier"),
    NoticeKind.TO_PURCHASING: N_("Order to the purchasing office"),
    NoticeKind.UNANSWERED: N_("Notice that nobody has decided"),
    NoticeKind.AWAY: N_("Notice that an approver is away"),
    NoticeKind.ABSENCE: N_("Answer about an absence"),
    NoticeKind.PLAN: N_("Attest plan of a unit"),
    NoticeKind.RIGHT_ENDS: N_("Warning that a right runs out"),
    NoticeKind.ONE_APPROVER: N_("Warning that a unit has one approver left"),
    NoticeKind.RESIGNED: N_("Notice that a right was handed back"),
    NoticeKind.MOVED: N_("Notice that others have been asked"),
    NoticeKind.NOBODY_MAY: N_("Notice that nobody may decide an order"),
    NoticeKind.ALARM: N_("Alarm"),
    NoticeKind.UNIT_CLOSED: N_("Notice that a unit has no approver"),
    NoticeKind.OPERATOR: N_("Notice to the operator"),
    NoticeKind.MAILBOX: N_("Notice of trouble with the mailbox"),
    NoticeKind.STEP_UP_CODE: N_("Code for a decision"),
    NoticeKind.APPOINTMENT: N_("Proposal to change approvers"),
    NoticeKind.APPOINTMENT_PROBLEMS: N_("What an order scheme lacks"),
    NoticeKind.APPOINTMENT_RECEIVED: N_("Receipt for an order scheme"),
    NoticeKind.APPOINTMENT_LINK: N_("Personal link to confirm approvers"),
    NoticeKind.APPOINTMENT_SETTLED: N_("Notice of changed approvers"),
}

_KEYS: dict[Key, str] = {
    Key.UNIT: N_("Unit"),
    Key.APPROVER: N_("Approver"),
    Key.APPOINTER: N_("Appointer"),
    Key.FROM: N_("From"),
    Key.TO: N_("To"),
    Key.ENDS: N_("Ends"),
    Key.LIMIT: N_("Amount limit"),
    Key.ROLE: N_("Role"),
    Key.GROUND: N_("Ground"),
    Key.MAY_DELEGATE: N_("May be delegated"),
    Key.DELEGATED_FROM: N_("Delegated by"),
    Key.DEPUTY_FOR: N_("Deputy for"),
}

_FAULTS: dict[Fault, str] = {
    Fault.NO_DOCUMENT: N_("The document is missing. Attach the signed decision or order scheme to the mail."),
    Fault.NOT_YOURS: N_(
        "The approvers of a unit are named by its head, by a head above it, or by somebody appointed for that, "
        "and you are registered as none of these. Ask the head of the unit to mail the order scheme."
    ),
    Fault.FORWARDED: N_(
        "The form stands in a mail that was forwarded or quoted, and was perhaps written by somebody else. "
        "Write it in a mail of your own."
    ),
    Fault.MISSING: N_("This is missing. Fill it in."),
    Fault.CONFLICT: N_("This is given twice, with different values. Write it once."),
    Fault.TOO_MANY: N_("There are too many approvers in one mail. Send them in several."),
    Fault.UNKNOWN_UNIT: N_("There is no unit with this name. Write the name or the short name of the unit."),
    Fault.UNKNOWN_PERSON: N_(
        "No one with this name or address is known. Write the full name or the mail address; "
        "someone new must first be registered by the purchasing office."
    ),
    Fault.AMBIGUOUS_PERSON: N_("Several people have this name. Write the mail address of the one you mean."),
    Fault.NOT_YET_A_PERSON: N_(
        "This address has sent orders, but nobody is registered with it. "
        "Ask the purchasing office to register them first."
    ),
    Fault.BAD_DAY: N_("This is no day that can be read. Write it as 2026-03-31."),
    Fault.BAD_LIMIT: N_("The amount limit could not be taken as it is written. Write it in kronor, as 50 000."),
    Fault.BAD_YES_NO: N_("This could not be read. Write yes or no."),
    Fault.ENDED_BEFORE: N_("A right cannot end on a day that has passed. Write a later day, or the word now."),
    Fault.NOTHING_TO_END: N_(
        "This person has no right in the unit that lasts so long, so there is nothing to end. Check name and unit."
    ),
    Fault.ENDS_AND_BEGINS: N_(
        "One part of the form both ends and begins a right. Write the person twice: once with Ends, once with From."
    ),
    Fault.HEAD_ONLY: N_("Only the head of the unit, or one above it, names appointers. Leave this to the head."),
    Fault.OBJECTION: N_("The right cannot be registered so."),
}

_OBJECTIONS: dict[Objection, str] = {
    Objection.BACKWARDS: N_("The last day is before the first. Write them the other way round."),
    Objection.BACK_DATED: N_("A right cannot begin on a day that has passed. Write today or a later day."),
    Objection.OVERLAPS: N_(
        "The person has a right in the unit in this time already. End that first, in the same mail with Ends, "
        "or choose other days."
    ),
    Objection.LIMIT_MISSING: N_("The amount limit is missing. The rules want it stated."),
    Objection.TO_MISSING: N_("The last day is missing. The rules want it stated."),
    Objection.GROUND_MISSING: N_("The ground is missing. Name the decision behind the right."),
    Objection.MAY_DELEGATE_MISSING: N_("It is not said whether the right may be delegated. Write yes or no."),
    Objection.ROLE_MISSING: N_("The role is missing. State it, or who has delegated the right."),
    Objection.UNKNOWN_ROLE: N_("The rules know no such role. Write one that they name, or leave it out."),
    Objection.OVER_ROLE: N_("The amount limit is higher than the role's own. Write at most that."),
    Objection.DELEGATOR_WITHOUT_RIGHT: N_(
        "The person who delegates has no right in the unit or above it. Name someone who has."
    ),
    Objection.DELEGATOR_MAY_NOT: N_("The person who delegates has a right that may not be delegated. Name another."),
    Objection.NOT_DELEGABLE: N_("The rules do not let this role delegate its right so. Name another."),
    Objection.OVER_CEILING: N_("The amount limit is higher than the rules let be delegated. Write a lower one."),
    Objection.OVER_DELEGATOR: N_("The amount limit is higher than the delegator's own. Write a lower one."),
    Objection.DEPUTY_OF_SELF: N_("Nobody can be their own deputy. Name whom the deputy stands for."),
    Objection.OVER_HOLDER: N_(
        "The amount limit is higher than that of the one the deputy stands for. Write a lower one."
    ),
    Objection.DEPUTY_WITHOUT_HOLDER: N_(
        "The person whom the deputy stands for has no right in the unit or above it. "
        "Appoint them first, or name another."
    ),
}

_FLAGS: dict[Flag, str] = {
    Flag.OWN_ORDER: N_("It is the approver's own order"),
    Flag.ONE_PERSON: N_("The same person orders and approves"),
    Flag.NO_RIGHT: N_("No right covered the decision when it was made"),
    Flag.DEPUTY_WITHOUT_ABSENCE: N_("A deputy decides while the one they stand for is not registered as away"),
    Flag.OWN_COST: N_("It concerns the approver, or a supplier in which somebody has declared an interest"),
    Flag.CHANGED_JUST_BEFORE: N_("The right was registered less than a day before"),
    Flag.DEPENDENT_APPROVER: N_("The requester heads the unit in which the approver works"),
}

STATEMENTS: Mapping[str, tuple[str, ...]] = {
    "su-37-1": (
        N_("The cost may burden the activity that it is accounted on."),
        N_("There is financing for it."),
        N_("The purchase accords with the rules of the organisation."),
    )
}
"""What an approval certifies, by the version of the wording: a new wording gets a new version (rule 37)."""

TEXTS: Mapping[tuple[str, str], str] = {
    (type(member).__name__, member.value): words
    for table in (
        _FIELDS,
        _STATUSES,
        _DESTINATIONS,
        _ROUTE_REASONS,
        _DENIALS,
        _REFUSALS,
        _RIGHTS,
        _ABSENCE_PROBLEMS,
        _PROBLEMS,
        _AMOUNT_PROBLEMS,
        _HAPPENINGS,
        _PROOFS,
        _DOUBTS,
        _NOTICES,
        _KEYS,
        _FAULTS,
        _FLAGS,
        _OBJECTIONS,
    )
    for member, words in table.items()
}
"""By type and value, never by member alone: members of two enumerations with one value are equal (both "rejected")."""

NAMES: Mapping[str, str] = {
    # Why a link opens nothing, and why a page is shown again.
    "damaged": N_("The link is not whole. Open it from the mail again, or copy the whole address into the browser."),
    "expired": N_("The link is too old. Ask for a fresh one: it is mailed to the registered address."),
    "revoked": N_("The link has been closed. Mail the subject “list” to the ordering address to get a fresh one."),
    "comment_changes_route": N_(
        "You have written a comment, and with a comment the order goes to the purchasing office instead. "
        "Choose to approve with comment, or delete the comment."
    ),
    "route_changed": N_("The order now goes somewhere else than this page said. Read where, and decide again."),
    "comment_missing": N_("Write the comment, or choose to approve without one."),
    "nobody_chosen": N_("Choose whom to ask instead."),
    "question_missing": N_("Write the question before you send it."),
    # Why a press about approvers settles nothing.
    "settled": N_("This has been confirmed or refused already. The page shows by whom, and when."),
    "proposal_expired": N_("This was not confirmed in time, and is closed. The form can be mailed anew."),
    "no_purchasing_right": N_(
        "You may not confirm this, since you have no purchasing right today. Leave it to others."
    ),
    "own_appointment": N_("You are named in this yourself, so somebody else with a purchasing right confirms it."),
    "own_proposal": N_("You may not confirm this, since you proposed it yourself. Leave it to others."),
    "unfit": N_("This cannot be confirmed as things stand now. Refuse it and say why, or see to what is named here."),
    "rights_differ": N_(
        "The rights have changed since you were shown this page. Read what would change now, and press again."
    ),
    "reason_missing": N_("Write why you refuse it."),
    # What happened, as the log names it.
    **{happened.value: words for happened, words in _HAPPENINGS.items()},
    "absence": N_("Registered as away"),
    "absence_ended": N_("No longer away"),
    "right_returned": N_("Right handed back"),
    "plan_confirmed": N_("Attest plan confirmed"),
    "parked": N_("Set aside for a person to look at"),
    "confirmed": N_("Confirmed by its sender"),
    # How it is known who did it, or why it is not.
    **{proof.value: words for proof, words in _PROOFS.items()},
    **{doubt.value: words for doubt, words in _DOUBTS.items()},
    "signed link": N_("Personal link"),
    StepUp.CODE.value: N_("Personal link and mailed code"),
    StepUp.LOGIN.value: N_("Personal link and login"),
    "code_sent": N_("A code for a decision was mailed"),
    "code_wrong": N_("A wrong code was written"),
    # Why a code decides nothing.
    "code_missing": N_("This browser has asked for no code that can be used now. Read the order and press again."),
    "code_unreadable": N_("A code has eight digits. Write it as it stands in the mail."),
    "code_wrong_now": N_("The code is wrong. Compare it with the newest mail."),
    "code_used_up": N_("The code was wrong too many times and no longer works."),
    "code_expired": N_("The code no longer works: ten minutes have gone, or it has been used."),
    "clock": N_("The clock"),
    "relay": N_("The mail server"),
    "bot": N_("mailbot itself"),
    "automatic mail": N_("Automatic mail"),
    # What a correction changed.
    "unit": N_("Unit"),
    "approver": N_("Approver"),
    "supplier": N_("Supplier"),
    "lines": N_("Order lines"),
    "currency": N_("Currency"),
    "vat": N_("VAT"),
    "stated_total": N_("Total"),
    "details": N_("Details"),
    "notes": N_("Other text"),
    # The subject of a mail that orders.
    "order": N_("Order"),
    # Kinds of mail, as the outbox names them.
    **{f"mail {kind.value}": words for kind, words in _NOTICES.items()},
}
"""What is a plain string where it is shown, or belongs to an enumeration that the domain does not know."""


def text(name: str | StrEnum) -> str:
    """Return the words for a member of an enumeration or for a plain name; KeyError when there are none."""
    member = TEXTS.get((type(name).__name__, str(name)))
    return member if member is not None else NAMES[str(name)]
