"""Every named value of the domain in plain English: the message ids that locale/ translates.

Names are short and end without a stop; refusals and problems are sentences that name cause and remedy.
"""

from collections.abc import Mapping
from enum import StrEnum

from mailbot.domain.notices.notice import NoticeKind
from mailbot.domain.ordering.draft import ProblemKind
from mailbot.domain.ordering.flags import Flag
from mailbot.domain.ordering.workflow import Happened, Refusal
from mailbot.domain.people.absence import AbsenceProblem
from mailbot.domain.people.directory import RightKind
from mailbot.domain.people.right_rules import RightProblem
from mailbot.domain.people.rights import Denial
from mailbot.domain.people.scheme import SchemeKey, SchemeProblemKind
from mailbot.domain.people.step_up import StepUp
from mailbot.domain.trust.senders import Doubt, Proof
from mailbot.domain.values.money import AmountProblem
from mailbot.domain.values.order import Destination, Field, FileProblem, RouteReason, Status


def N_(message: str) -> str:  # noqa: N802  the name that catalogue tools look for
    """Mark a text for the catalogue and return it as it is."""
    return message


_FIELDS: dict[Field, str] = {
    Field.UNIT: N_("Unit"),
    Field.APPROVER: N_("Approver"),
    Field.SUPPLIER: N_("Supplier"),
    Field.ACCOUNTING: N_("Account coding"),
    Field.AGREEMENT: N_("Agreement"),
    Field.QUOTE: N_("Quote"),
    Field.PROJECT: N_("Project"),
    Field.REFERENCE: N_("Reference"),
    Field.DELIVERY_ADDRESS: N_("Delivery address"),
    Field.GOODS_MARK: N_("Goods mark"),
    Field.WANTED_DATE: N_("Wanted date"),
    Field.QUOTE_VALID: N_("Quote valid until"),
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
    Status.LEAVING: N_("Approved, being sent"),
    Status.SENT: N_("Sent to the supplier"),
    Status.WITH_PURCHASING: N_("With the purchasing office"),
    Status.WITH_FINANCE: N_("With the finance department"),
}

_DESTINATIONS: dict[Destination, str] = {
    Destination.SUPPLIER: N_("The supplier"),
    Destination.PURCHASING: N_("The purchasing office"),
    Destination.FINANCE: N_("The finance department"),
}

_ROUTE_REASONS: dict[RouteReason, str] = {
    RouteReason.COMMENT: N_("The approver wrote a comment"),
    RouteReason.OVER_LIMIT: N_("The amount is over the limit"),
    RouteReason.FOREIGN_CURRENCY: N_("The currency is not Swedish kronor"),
    RouteReason.UNKNOWN_SUPPLIER: N_("The supplier is not in the register"),
    RouteReason.INTEREST: N_("An employee has declared an interest in the supplier"),
    RouteReason.SPECIAL: N_("Purchases of this category are handled by hand"),
    RouteReason.NOT_DELIVERED: N_("The order could not be delivered to the supplier"),
}

_DENIALS: dict[Denial, str] = {
    Denial.NO_RIGHT: N_(
        "You may not decide on this order, since you are not an approver for its unit today. Leave it to someone who "
        "is."
    ),
    Denial.OWN_ORDER: N_(
        "You may not decide on this order, since it is your own and the unit does not allow that. Leave it to another "
        "approver."
    ),
    Denial.RECUSED: N_("You have declared a conflict of interest in this order, so others decide on it."),
    Denial.INTEREST: N_(
        "You may not decide on this order, since you have a registered interest in the supplier. Leave it to others."
    ),
    Denial.OWN_COST: N_("You may not decide on this order, since the purchase is for you. Leave it to others."),
    Denial.OWN_COST_OF_OTHER: N_(
        "You may not decide on this order: the rules name somebody else for purchases for this person."
    ),
    Denial.NOT_ABOVE: N_(
        "You may not decide on this order: a purchase for this person is decided on by one of their superiors."
    ),
    Denial.ONLY_OWN_UNIT: N_(
        "You may not decide on this order: your right is delegated, and holds in its own unit but not in those below."
    ),
    Denial.DEPENDENT: N_(
        "You may not decide on this order, since the requester heads your unit or has given you your right. Leave it "
        "to a higher level."
    ),
    Denial.OVER_OWN_LIMIT: N_(
        "You may not decide on this order, since its amount is over your limit. Leave it to a higher level."
    ),
    Denial.AMOUNT_UNKNOWN: N_(
        "You may not decide on this order, since your right has a limit in kronor and the order states no value in "
        "kronor."
    ),
    Denial.HOLDER_PRESENT: N_(
        "You may not decide on this order: a deputy decides only while the person they stand in for is registered as "
        "away."
    ),
    Denial.HOLDER_GONE: N_(
        "You may not decide on this order, since the person you stand in for no longer has the right to."
    ),
    Denial.NOT_PORTAL: N_(
        "You may not decide on this order: your role decides only on orders placed through the portal, which this is "
        "not."
    ),
    Denial.WRONG_LEVEL: N_(
        "You may not decide on this order: your right names a post that belongs to another level of units than this "
        "one. Ask whoever runs the ordering system to look at it."
    ),
    Denial.DEPUTY_FOR_MISSING: N_(
        "You may not decide on this order: your right is a deputy's, and it does not say whose."
    ),
    Denial.DELEGATOR_MISSING: N_(
        "You may not decide on this order: your post is held by delegation, and your right does not say whose."
    ),
    Denial.DELEGATOR_GONE: N_(
        "You may not decide on this order: the person who delegated your right had none when yours began."
    ),
    Denial.NOT_DELEGABLE: N_(
        "You may not decide on this order: the person who delegated your right cannot delegate it under the rules."
    ),
    Denial.UNKNOWN_ROLE: N_("You may not decide on this order: the rules do not know the role that your right names."),
    Denial.ROLE_MISSING: N_(
        "You may not decide on this order: your right does not say what post or delegation it comes from."
    ),
    Denial.NOT_YET: N_("You may not decide on this order, since your right has not yet come into effect."),
    Denial.EXPIRED: N_("You may not decide on this order, since your right has expired. Ask your head to renew it."),
    Denial.ENDED: N_("You may not decide on this order, since your right has been ended."),
}

_REFUSALS: dict[Refusal, str] = {
    Refusal.DECIDED: N_("The order had already been decided on, so this changed nothing."),
    Refusal.CHANGED: N_("The order has been changed since you saw it. Read the new version and decide on that."),
    Refusal.WITHDRAWN: N_("The order has been withdrawn, so this changed nothing."),
    Refusal.LEFT: N_(
        "The order has already been sent, so it can no longer be changed, withdrawn or undone. Write to the purchasing "
        "office if something is wrong."
    ),
    Refusal.NOT_YOURS: N_(
        "Only the person who placed the order can change it, and only the person who decided can undo the decision. "
        "Ask that person."
    ),
    Refusal.NOT_DECIDED: N_("There is no decision to undo. The order is waiting for one, or has been changed since."),
    Refusal.UNCHANGED: N_(
        "What you sent makes no difference to the order. Write the fields you want to change, and their new values."
    ),
    Refusal.TOO_FAST: N_("No person makes that many decisions in one minute. Wait a minute, then press again."),
    Refusal.NUDGED_TODAY: N_("You have sent a reminder within the last day. You can send the next one a day after it."),
    Refusal.NOT_BY_REPLY: N_(
        "Nothing was decided: your reply could not be read as a decision, or the decision may not be made by email. "
        "Open the link and decide on the page."
    ),
    Refusal.TOO_LONG_BY_REPLY: N_(
        "Nothing was decided: there are more than 2 000 characters below the word. Open the link and decide on the "
        "page, or reply again with less."
    ),
    Refusal.ONE_PERSON: N_(
        "The order cannot be sent: the same person placed and approved it. Someone else must decide."
    ),
    Refusal.NO_ANSWER: N_(
        "A reaction is not passed on. The approver's question still waits for your answer: reply to it in words."
    ),
    Refusal.SEVERAL_NAMED: N_(
        "It is not clear which of several orders you mean. Write the number of one order alone in the subject."
    ),
    Refusal.NOT_PENDING: N_("This step is not possible now. The order's page shows its status."),
}

_RIGHTS: dict[RightKind, str] = {
    RightKind.ORDER: N_("Decides on orders"),
    RightKind.PURCHASING: N_("Acts for the purchasing office"),
    RightKind.APPOINT: N_("Appoints approvers"),
    RightKind.OWN_COST: N_("Decides on purchases for those for whom the table of own costs says so"),
}

_ABSENCE_PROBLEMS: dict[AbsenceProblem, str] = {
    AbsenceProblem.UNKNOWN_PERSON: N_(
        "No one is registered under that name. Write the person's email address instead."
    ),
    AbsenceProblem.NOT_THEIR_HEAD: N_("Only the person concerned and the head of the unit can register an absence."),
    AbsenceProblem.OWN_DEPUTY: N_(
        "You are this person's deputy, so somebody else must register the absence. Ask the person, or another head."
    ),
    AbsenceProblem.UNREADABLE: N_("The days could not be read. Write them as below."),
    AbsenceProblem.BACKWARDS: N_("The last day is before the first. Write the days in order."),
    AbsenceProblem.OVER: N_("The last day has already passed. Write a day in the future."),
    AbsenceProblem.TOO_LONG: N_("The absence is longer than a year. Write an earlier last day."),
    AbsenceProblem.UNKNOWN_SUBSTITUTE: N_("The substitute could not be found. Write the person's email address."),
    AbsenceProblem.OWN_SUBSTITUTE: N_("No one can be their own substitute. Name another person, or no one."),
}

_PROBLEMS: dict[ProblemKind, str] = {
    ProblemKind.MISSING: N_("This is missing. Fill it in."),
    ProblemKind.CONFLICT: N_("This is given twice, with different values. Write it once."),
    ProblemKind.UNKNOWN_UNIT: N_("There is no unit with this name. Write the name of a unit that accepts orders."),
    ProblemKind.UNIT_WITHOUT_APPROVER: N_(
        "The unit has no approver at the moment and is not accepting orders. Its head and the purchasing office have "
        "been informed. Order again when an approver has been appointed."
    ),
    ProblemKind.UNKNOWN_APPROVER: N_(
        "There is no one with this name or address. Write the full name of someone who may decide on the order."
    ),
    ProblemKind.AMBIGUOUS_APPROVER: N_("Several people have this name. Write the email address of the one you mean."),
    ProblemKind.APPROVER_WITHOUT_RIGHT: N_(
        "This person is not an approver for the unit today. Name someone who may decide on the order."
    ),
    ProblemKind.NEAR_SUPPLIER: N_(
        "The register has suppliers of nearly this name. Choose one, or the name as you wrote it."
    ),
    ProblemKind.OWN_ORDER: N_("The unit does not allow you to decide on your own order. Name another approver."),
    ProblemKind.ABOVE: N_(
        "Someone closer to the unit can decide on this order. Choose one of them, or reply with the same name again."
    ),
    ProblemKind.UNKNOWN_CURRENCY: N_(
        "This currency cannot be used. Write SEK, EUR, USD, NOK, DKK or GBP, or leave the field out for Swedish kronor."
    ),
    ProblemKind.MIXED_CURRENCIES: N_(
        "This amount is in a different currency from the order. Write all amounts in one currency, and state it in the "
        "field Currency unless it is Swedish kronor."
    ),
    ProblemKind.UNKNOWN_VAT: N_(
        "This could not be read. Write excl or incl, and the rate 25, 12, 6 or 0. For example: excl 25."
    ),
    ProblemKind.NO_LINES: N_(
        "What do you want to order, how many, and what does one cost? For example: 2 pcs Laptop Latitude 5450 at "
        "12 500 kr"
    ),
    ProblemKind.UNREAD_LINE: N_(
        "How many are wanted, of what, and what does one cost? Write for example: 2 pcs Laptop Latitude 5450 at "
        "12 500 kr"
    ),
    ProblemKind.APART_LINE: N_(
        "This stands below a signature, or in what looks like a quoted email. If it is part of the order, reply with "
        "this line. If not, reply with all the lines that are."
    ),
    ProblemKind.WHICH_LINES: N_(
        "The lines in your reply may be added to the order, change or remove some of its lines, or replace them all. "
        "Reply with all the lines that the order should have."
    ),
    ProblemKind.UNSURE_LINES: N_(
        "This may change which lines you order, how many of each, or what they cost. Reply with all the lines that you "
        "order, as they are to be."
    ),
    ProblemKind.UNREAD_FILE: N_("A file that came with the email was not read."),
    ProblemKind.UNKNOWN_COLUMN: N_(
        "What this column of your table means is not known, and it holds numbers. Is any of them a price, a quantity "
        "or a discount? If not, say so with one press; if so, name the column Unit price, Quantity or Discount and "
        "send the table again."
    ),
    ProblemKind.TOO_MANY_LINES: N_("There are more lines than one order can have. Send them as several orders."),
    ProblemKind.PLACEHOLDER: N_("The example in the form is still there. Write your own value, or delete the line."),
    ProblemKind.FORWARDED: N_(
        "The order is in an email that was forwarded, and may have been written by somebody else. Reply to this email "
        "with the form below to order it in your own name."
    ),
    ProblemKind.BAD_QUANTITY: N_("The quantity could not be used as written."),
    ProblemKind.BAD_PRICE: N_("The price could not be used as written."),
    ProblemKind.BAD_DISCOUNT: N_(
        "The discount could not be used as written. Write it in per cent or kronor, for example: discount 10 %."
    ),
    ProblemKind.BAD_TOTAL: N_("The total could not be used as written."),
    ProblemKind.BAD_COUNTERVALUE: N_("The value in kronor could not be used as written."),
    ProblemKind.BAD_ACCOUNTING: N_(
        "This is no accounting string. Write it as your finance department writes it, for example with cost centre and "
        "project."
    ),
    ProblemKind.AMBIGUOUS_PERSON: N_("Several people have this name. Write the person's email address."),
    ProblemKind.FOR_WHOM: N_(
        "You hold a post or a right over the unit. Say for whom you order: a name, or “the organisation” if it is for "
        "no one person."
    ),
    ProblemKind.NOT_ONLY_A_NAME: N_(
        "This names someone together with other words. Write the name or email address of one person, and nothing else."
    ),
}

_FILE_TROUBLES: dict[FileProblem, str] = {
    FileProblem.FORMAT: N_(
        "Files of this kind are not read. Write the order in your reply, or attach it as order.xlsx or order.csv."
    ),
    FileProblem.CHARSET: N_(
        "Its character set cannot be told for certain, so letters such as å, ä and ö could come out wrong. Save it as "
        "“CSV UTF-8” and attach it to your reply, or write the lines in your reply."
    ),
    FileProblem.TOO_LARGE: N_(
        "It is larger than an order can be. Remove what does not belong to the order and attach it to your reply, or "
        "write the lines in your reply."
    ),
    FileProblem.DAMAGED: N_(
        "It could not be opened. Save it again as an Excel workbook (.xlsx) or as “CSV UTF-8”, and attach it to your "
        "reply."
    ),
    FileProblem.PROTECTED: N_(
        "It is protected by a password, or is an older kind of Excel file. Save it as an Excel workbook (.xlsx) "
        "without a password, and attach it to your reply."
    ),
    FileProblem.SHEETS: N_(
        "It has lines on several sheets. Keep only those of this order, on one sheet, and attach it to your reply, or "
        "write the lines in your reply."
    ),
    FileProblem.HIDDEN: N_(
        "It has rows, columns or sheets that are hidden, or struck-out text. Delete or show them and attach it to your "
        "reply, or write the lines in your reply."
    ),
    FileProblem.FORMULAS: N_(
        "It has a formula without a value, or with an error. Correct it, save the file in Excel and attach it to your "
        "reply, or write the lines in your reply."
    ),
}

_AMOUNT_PROBLEMS: dict[AmountProblem, str] = {
    AmountProblem.EMPTY: N_("Nothing has been entered. Write a number."),
    AmountProblem.UNREADABLE: N_("It could not be read as a number. Write it in digits."),
    AmountProblem.AMBIGUOUS: N_("It cannot be read for certain. Write a number with at most two decimals."),
    AmountProblem.NOT_POSITIVE: N_("It is not greater than zero. Write a number greater than zero."),
    AmountProblem.TOO_LARGE: N_(
        "It is larger than can be ordered by email. Check the number, or write to the purchasing office."
    ),
    AmountProblem.TOO_MANY_DECIMALS: N_("It has too many decimals. Write at most two."),
}

_HAPPENINGS: dict[Happened, str] = {
    Happened.OPENED: N_("Order received"),
    Happened.CORRECTED: N_("Order changed by the requester"),
    Happened.CATEGORISED: N_("Category stated by the requester"),
    Happened.APPROVED: N_("Approved"),
    Happened.REJECTED: N_("Rejected"),
    Happened.UNDONE: N_("Decision undone"),
    Happened.DECISION_DISOWNED: N_("“I did not decide this”"),
    Happened.WITHDRAWN: N_("Withdrawn"),
    Happened.DISOWNED: N_("“I did not send this order”"),
    Happened.LEAVING: N_("Time to undo is over, the order is being sent"),
    Happened.RETURNED: N_("Time to undo is over, the order goes back to the requester"),
    Happened.DELIVERED: N_("Sent"),
    Happened.NOT_DELIVERED: N_("Could not be delivered"),
    Happened.REMINDED: N_("Reminder"),
    Happened.NUDGED: N_("Reminder from the requester"),
    Happened.ASKED: N_("Question to the requester"),
    Happened.ANSWERED: N_("Answer from the requester"),
    Happened.REMARKED: N_("Remark from the reviewer"),
    Happened.MAIL_FAILED: N_("An email about the order could not be delivered"),
    Happened.MAIL_DELAYED: N_("An email about the order is delayed"),
    Happened.AWAY: N_("The approver is away"),
    Happened.RECUSED: N_("Conflict of interest: handed on to others"),
    Happened.HANDED_OVER: N_("Another approver has been asked instead"),
    Happened.MOVED: N_("The rights have changed: others have been asked"),
    Happened.HELD: N_("Held back: ordered and approved by the same person"),
}

_PROOFS: dict[Proof, str] = {
    Proof.LOOPBACK: N_("Sent through the organisation's own mail server"),
    Proof.CONFIRMATION_LINK: N_("Confirmation link sent to the address"),
    Proof.AUTHENTICATION_RESULTS: N_("Check by our own mail server"),
    Proof.DKIM: N_("Signature of the sender's domain (DKIM)"),
}

_DOUBTS: dict[Doubt, str] = {
    Doubt.UNREADABLE_FROM: N_("The sender's address could not be read"),
    Doubt.UNKNOWN_ADDRESS: N_("The sender may not order here"),
    Doubt.NOT_PROVEN: N_("Nothing shows who sent it"),
    Doubt.SMUGGLED_HEADER: N_("The email hides one header inside another"),
    Doubt.DUPLICATE_HEADERS: N_("A header that may appear only once appears twice"),
    Doubt.NO_RESULT: N_("Our own mail server has said nothing about the sender"),
    Doubt.UNREADABLE_RESULT: N_("What our own mail server says about the sender cannot be read"),
    Doubt.FORGED_RESULT: N_("A result in the email pretends to be from our own mail server"),
    Doubt.NOT_PASSED: N_("Our own mail server could not confirm the sender"),
    Doubt.NOT_SIGNED: N_("The sender's domain has not signed the email"),
    Doubt.SIGNATURE_WRONG: N_("The signature does not match the email"),
    Doubt.DOMAIN_DIFFERS: N_("The confirmed domain is not that of the sender's address"),
    Doubt.COULD_NOT_VERIFY: N_("The sender could not be checked at the moment"),
    Doubt.CUT_ANEW: N_("The signature leaves open which part of the email is its text"),
    Doubt.WRITTEN_TO_OTHERS: N_("The email was not addressed to the ordering address"),
}

_NOTICES: dict[NoticeKind, str] = {
    NoticeKind.RECEIPT: N_("Receipt for an order"),
    NoticeKind.PROBLEMS: N_("What is missing from an order"),
    NoticeKind.HELP: N_("How to order"),
    NoticeKind.CONFIRM_SENDER: N_("Request to confirm an email"),
    NoticeKind.NOT_CORRECTED: N_("Why an order was not changed"),
    NoticeKind.PARKED: N_("An email could not be read"),
    NoticeKind.QUEUED: N_("Notice that an order waits in line"),
    NoticeKind.UNDECIDED: N_("Reply to an approver who wrote instead of deciding"),
    NoticeKind.WHICH: N_("Question whether an order is new or a change"),
    NoticeKind.POINTER: N_("Pointer to another system"),
    NoticeKind.REQUEST: N_("Request for a decision"),
    NoticeKind.REMINDER: N_("Reminder of orders waiting"),
    NoticeKind.REVIEW: N_("Copy of an order to the unit's reviewer"),
    NoticeKind.PENDING_LIST: N_("List of orders waiting"),
    NoticeKind.SEVERAL: N_("The same about several orders"),
    NoticeKind.DECIDED: N_("Receipt for a decision"),
    NoticeKind.OWN_ORDER: N_("Notice of a decision on one's own order"),
    NoticeKind.WITHDRAWN: N_("Notice of a withdrawn order"),
    NoticeKind.QUESTION: N_("Question to a requester"),
    NoticeKind.ANSWER: N_("Answer from a requester"),
    NoticeKind.DISPATCHED: N_("Notice that an order has been sent"),
    NoticeKind.REJECTED: N_("Rejected order back to its requester"),
    NoticeKind.NOT_DELIVERED: N_("Notice that an order could not be delivered"),
    NoticeKind.TO_SUPPLIER: N_("Order to a supplier"),
    NoticeKind.TO_PURCHASING: N_("Order to the purchasing office"),
    NoticeKind.SPECIAL: N_("Copy to finance of an order to handle by hand"),
    NoticeKind.UNANSWERED: N_("Notice that no one has decided"),
    NoticeKind.AWAY: N_("Notice that an approver is away"),
    NoticeKind.ABSENCE: N_("Reply about an absence"),
    NoticeKind.PLAN: N_("Approval plan for a unit"),
    NoticeKind.RIGHT_ENDS: N_("Warning that a right is about to expire"),
    NoticeKind.ONE_APPROVER: N_("Warning that a unit has one approver left"),
    NoticeKind.RESIGNED: N_("Notice that a right was handed back"),
    NoticeKind.LEFT: N_("Notice that someone has left"),
    NoticeKind.MOVED: N_("Notice that others have been asked"),
    NoticeKind.NOBODY_MAY: N_("Notice that no one can decide on an order"),
    NoticeKind.ALARM: N_("Alert"),
    NoticeKind.UNIT_CLOSED: N_("Notice that a unit has no approver"),
    NoticeKind.OPERATOR: N_("Notice to the operator"),
    NoticeKind.MAILBOX: N_("Notice of trouble with the mailbox"),
    NoticeKind.RELAY: N_("Notice of trouble with the mail server"),
    NoticeKind.MACHINE: N_("Notice of trouble with the machine"),
    NoticeKind.TOO_FAST: N_("Notice of unusually many wrong links or decisions"),
    NoticeKind.STEP_UP_CODE: N_("Code for a decision"),
    NoticeKind.APPOINTMENT: N_("Proposal to change approvers"),
    NoticeKind.APPOINTMENT_PROBLEMS: N_("What is missing from an approver appointment form"),
    NoticeKind.APPOINTMENT_RECEIVED: N_("Receipt for an approver appointment form"),
    NoticeKind.APPOINTMENT_LINK: N_("Personal link to confirm approvers"),
    NoticeKind.APPOINTMENT_SETTLED: N_("Notice of changed approvers"),
    NoticeKind.APPOINTMENT_ENDED: N_("Notice of an ended right"),
    NoticeKind.APPOINTMENT_CONSENT: N_("Question to who delegates a right"),
}

_KEYS: dict[SchemeKey, str] = {
    SchemeKey.UNIT: N_("Unit"),
    SchemeKey.APPROVER: N_("Approver"),
    SchemeKey.APPOINTER: N_("Appointer"),
    SchemeKey.FROM: N_("From"),
    SchemeKey.TO: N_("To"),
    SchemeKey.ENDS: N_("Ends"),
    SchemeKey.LAST_DAY: N_("Last day at work"),
    SchemeKey.LIMIT: N_("Amount limit"),
    SchemeKey.ROLE: N_("Role"),
    SchemeKey.GROUND: N_("Decision"),
    SchemeKey.MAY_DELEGATE: N_("May be delegated"),
    SchemeKey.DELEGATED_FROM: N_("Delegated by"),
    SchemeKey.DEPUTY_FOR: N_("Deputy for"),
    SchemeKey.OWN_AREA: N_("Own area of responsibility, not administrative support staff"),
}

_FAULTS: dict[SchemeProblemKind, str] = {
    SchemeProblemKind.NO_DOCUMENT: N_(
        "The document is missing. Attach the signed decision or appointment form to the email."
    ),
    SchemeProblemKind.NOT_YOURS: N_(
        "The approvers of a unit are appointed by its head, by a head above it, or by somebody appointed for that, and "
        "you are registered as none of these. Ask the head of the unit to email the approver appointment form."
    ),
    SchemeProblemKind.FORWARDED: N_(
        "The form is in an email that was forwarded or quoted, and may have been written by somebody else. Write it in "
        "an email of your own."
    ),
    SchemeProblemKind.MISSING: N_("This is missing. Fill it in."),
    SchemeProblemKind.CONFLICT: N_("This is given twice, with different values. Write it once."),
    SchemeProblemKind.TOO_MANY: N_("There are too many approvers in one email. Send them in several."),
    SchemeProblemKind.UNKNOWN_UNIT: N_(
        "There is no unit with this name. Write the name or the short name of the unit."
    ),
    SchemeProblemKind.UNKNOWN_PERSON: N_(
        "There is no one with this name or address. Write the full name or the email address; someone new must first "
        "be registered by the purchasing office."
    ),
    SchemeProblemKind.AMBIGUOUS_PERSON: N_(
        "Several people have this name. Write the email address of the one you mean."
    ),
    SchemeProblemKind.NOT_YET_A_PERSON: N_(
        "This address has sent orders, but no one is registered with it. Ask the purchasing office to register the "
        "person first."
    ),
    SchemeProblemKind.BAD_DAY: N_("This could not be read as a date. Write it as 2026-03-31."),
    SchemeProblemKind.BAD_LIMIT: N_("The amount limit could not be used as written. Write it in kronor, as 50 000."),
    SchemeProblemKind.BAD_YES_NO: N_("This could not be read. Write yes or no."),
    SchemeProblemKind.NOTHING_TO_END: N_(
        "This person has no right in the unit that lasts that long, so there is nothing to end. Check the name and "
        "unit."
    ),
    SchemeProblemKind.ENDS_AND_BEGINS: N_(
        "The same part of the form both ends and begins a right. Write the person twice: once with Ends, once with "
        "From."
    ),
    SchemeProblemKind.NOT_ALL_YOURS: N_(
        "Only someone who heads every unit where this person works or has a right can email their last day. Ask a head "
        "above, or the purchasing office to have it registered."
    ),
    SchemeProblemKind.HEAD_ONLY: N_(
        "Only the head of the unit, or one above it, names appointers. Leave this to the head."
    ),
    SchemeProblemKind.SUPPORT_STAFF: N_(
        "The right to approve is given only to someone with an area of responsibility of their own, never to "
        "administrative support staff. Name someone else, or write yes if that is what the person has."
    ),
    SchemeProblemKind.OWN_GAIN: N_(
        "No one gives a right to themselves, or by the task of sending this form. Let the head of the unit, or someone "
        "above it, email the form."
    ),
    SchemeProblemKind.OBJECTION: N_("The right cannot be registered like this."),
}

_OBJECTIONS: dict[RightProblem, str] = {
    RightProblem.BACKWARDS: N_("The last day is before the first. Write them the other way round."),
    RightProblem.BACK_DATED: N_("A right cannot begin on a day that has passed. Write today's date or a later one."),
    RightProblem.OVERLAPS: N_(
        "The person already has a right in the unit during this time. End it first, in the same email with Ends, or "
        "choose other days."
    ),
    RightProblem.LIMIT_MISSING: N_("The amount limit is missing. The rules require one."),
    RightProblem.TO_MISSING: N_("The last day is missing. The rules require one."),
    RightProblem.GROUND_MISSING: N_("The decision behind the right is missing. Write its reference number."),
    RightProblem.MAY_DELEGATE_MISSING: N_("It does not say whether the right may be delegated. Write yes or no."),
    RightProblem.ROLE_MISSING: N_("The role is missing. State it, or who has delegated the right."),
    RightProblem.UNKNOWN_ROLE: N_("The rules have no such role. Write one that they name, or leave it out."),
    RightProblem.OVER_ROLE: N_("The amount limit is higher than the role's own. Write that amount or less."),
    RightProblem.DELEGATOR_WITHOUT_RIGHT: N_(
        "The person who delegates has no right in the unit or above it. Name someone who does."
    ),
    RightProblem.DELEGATOR_MAY_NOT: N_(
        "The person who delegates has a right that may not be delegated. Name someone else."
    ),
    RightProblem.NOT_DELEGABLE: N_(
        "The rules do not allow this role to delegate its right in that way. Name someone else."
    ),
    RightProblem.OVER_CEILING: N_(
        "The amount limit is higher than the rules allow to be delegated. Write a lower one."
    ),
    RightProblem.OVER_DELEGATOR: N_("The amount limit is higher than the delegator's own. Write a lower one."),
    RightProblem.DEPUTY_OF_SELF: N_("No one can be their own deputy. Name the person the deputy stands in for."),
    RightProblem.OVER_HOLDER: N_(
        "The amount limit is higher than that of the person the deputy stands in for. Write a lower one."
    ),
    RightProblem.DEPUTY_WITHOUT_HOLDER: N_(
        "The person the deputy stands in for has no right in the unit or above it. Appoint them first, or name someone "
        "else."
    ),
    RightProblem.WRONG_LEVEL: N_(
        "The role is a post that belongs to another level of units than this one. Write a role of this level, or "
        "delegate the right."
    ),
    RightProblem.DEPUTY_FOR_MISSING: N_("The role is a deputy's. Write whose deputy it is."),
    RightProblem.DELEGATOR_MISSING: N_("In this unit the role is held by delegation. Write who delegates it."),
    RightProblem.DELEGATOR_GONE: N_(
        "The person who delegates no longer has the right on the first day. Name someone who does, or choose other "
        "days."
    ),
    RightProblem.BY_FILE: N_(
        "No one above can give this role by email. Ask the purchasing office to have it registered."
    ),
    RightProblem.GIVER_NOT_ABOVE: N_(
        "This right is given by someone above the unit who holds no less. Let that person email the form, or write who "
        "delegates the right."
    ),
    RightProblem.GIVER_MAY_NOT: N_("Your own right may not be passed on. Let someone above you email the form."),
    RightProblem.OVER_GIVER: N_(
        "The amount limit is higher than your own. Write a lower one, or let someone above you email the form."
    ),
}

_FLAGS: dict[Flag, str] = {
    Flag.OWN_ORDER: N_("It is your own order"),
    Flag.ONE_PERSON: N_("You placed the order yourself, and the rules require two people"),
    Flag.NO_RIGHT: N_("Your right does not seem to cover this order"),
    Flag.DEPUTY_WITHOUT_ABSENCE: N_(
        "You are deciding as a deputy, and the person you stand in for is not registered as away"
    ),
    Flag.OWN_COST: N_("The purchase is for you, or for somebody above you"),
    Flag.INTEREST: N_("Somebody involved has declared an interest in the supplier"),
    Flag.CHANGED_JUST_BEFORE: N_("Your right was registered less than a day before the order arrived"),
    Flag.DEPENDENT_APPROVER: N_("You work in a unit that the requester heads, or have your right from the requester"),
    Flag.OTHER_UNIT: N_("The requester is not registered with the unit that the order is for"),
}
"""As they are said to who is to decide; NAMES has what others are told."""

_FLAGS_OF_OTHERS: dict[Flag, str] = {
    Flag.OWN_ORDER: N_("It is the approver's own order"),
    Flag.ONE_PERSON: N_("The same person placed and approved it, and the rules require two"),
    Flag.NO_RIGHT: N_("No right covered the decision when it was made"),
    Flag.DEPUTY_WITHOUT_ABSENCE: N_("A deputy decided while the person they stand in for was not registered as away"),
    Flag.OWN_COST: N_("The purchase is for the approver, or for somebody above them"),
    Flag.INTEREST: N_("Somebody involved has declared an interest in the supplier"),
    Flag.CHANGED_JUST_BEFORE: N_("The approver's right was registered less than a day before the order arrived"),
    Flag.DEPENDENT_APPROVER: N_(
        "The approver works in a unit that the requester heads, or has their right from the requester"
    ),
    Flag.OTHER_UNIT: N_("The requester is not registered with the unit that the order is for"),
}

STATEMENTS: Mapping[str, tuple[str, ...]] = {
    "su-37-1": (
        N_("The cost may be charged to the activity it is coded to."),
        N_("Funding is available."),
        N_("The purchase complies with the organisation's rules."),
    ),
    "su-37-2": (
        N_("The cost may be charged to the activity that is stated in the order's account coding."),
        N_("Funding exists."),
        N_("The acquisition is compatible with the rules that apply to the university's activities."),
    ),
}
"""What an approval certifies, by the version of the wording: a new wording gets a new version
(docs/rules/attest.md#r37)."""

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
        _FILE_TROUBLES,
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
    "damaged": N_("The link is incomplete. Open it from the email again, or copy the whole address into the browser."),
    "expired": N_("The link is too old. Ask for a new one: it is emailed to your registered address."),
    "revoked": N_(
        "The link has been closed. Send an email with the subject “list” to the ordering address to get a new one."
    ),
    "person_left": N_(
        "You are registered as having left, so you can neither decide nor order here. Ask the head of your unit if "
        "that is wrong."
    ),
    "revoked_appoint": N_(
        "The link has been closed. Open the email to the purchasing office about the proposal and press your name "
        "there to get a new one."
    ),
    "comment_changes_route": N_(
        "You have written a comment, and with a comment the order goes to the purchasing office instead. Choose to "
        "approve with the comment, or delete it."
    ),
    "route_changed": N_("The order would now go somewhere other than this page said. Read where, and decide again."),
    "comment_missing": N_("Write the comment, or choose to approve without one."),
    "reason_missing_here": N_("Write why, or reject anyway."),
    "too_long": N_("The text is longer than 800 characters. Shorten it, then press again."),
    "unreadable": N_("What you pressed could not be read, so nothing was done. Read the page and press again."),
    "decided_anew": N_(
        "There has been a new decision on the order since the page was opened. Look at that decision first."
    ),
    "nobody_chosen": N_("Choose whom to ask instead."),
    "question_missing": N_("Write the question before you send it."),
    # Why a press about approvers settles nothing.
    "settled": N_("This has already been confirmed or refused. The page shows by whom, and when."),
    "already_said": N_("You have said yes. It takes effect when the others whose yes is needed have said it too."),
    "not_delegator": N_("The form no longer delegates a right in your name, so there is nothing for you to answer."),
    "proposal_expired": N_("This was not confirmed in time, and is closed. The form can be emailed again."),
    "no_purchasing_right": N_(
        "You may not confirm this, since you do not have purchasing rights today. Leave it to others."
    ),
    "own_appointment": N_("You are named in this yourself, so somebody else with purchasing rights confirms it."),
    "own_proposal": N_("You may not confirm this, since you proposed it yourself. Leave it to others."),
    "unfit": N_("This cannot be confirmed as things stand. Refuse it and say why, or deal with what is listed here."),
    "rights_differ": N_(
        "The rights have changed since you opened this page. Read what would change now, and press again."
    ),
    "reason_missing": N_("Write why you are refusing."),
    # What happened, as the log names it.
    **{happened.value: words for happened, words in _HAPPENINGS.items()},
    "absence": N_("Registered as away"),
    "absence_ended": N_("No longer away"),
    "right_returned": N_("Right handed back"),
    "plan_confirmed": N_("Approval plan confirmed"),
    "last_day_stated": N_("Last day registered"),
    "parked": N_("Set aside for someone to look at"),
    "confirmed": N_("Confirmed by its sender"),
    # How it is known who did it, or why it is not.
    **{proof.value: words for proof, words in _PROOFS.items()},
    **{doubt.value: words for doubt, words in _DOUBTS.items()},
    "signed link": N_("Personal link"),
    StepUp.CODE.value: N_("Personal link and emailed code"),
    StepUp.LOGIN.value: N_("Personal link and login"),
    "code_sent": N_("A code was emailed"),
    "code_wrong": N_("A wrong code was entered"),
    # Why a code decides nothing.
    "code_missing": N_("This browser has no code that can be used now. Read the order and press again."),
    "code_unreadable": N_("A code has eight digits. Enter it as it appears in the email."),
    "code_wrong_now": N_("The code is wrong. Compare it with the latest email."),
    "code_used_up": N_("The wrong code was entered too many times, and the code no longer works."),
    "code_expired": N_("The code no longer works: ten minutes have passed, or it has been used."),
    "clock": N_("The clock"),
    "relay": N_("The mail server"),
    "bot": N_("The ordering system itself"),
    "automatic mail": N_("Automatic email"),
    # A file of which the content shows no kind that is known.
    "unknown_kind": N_("unknown kind of file"),
    # What a correction changed.
    "unit": N_("Unit"),
    "approver": N_("Approver"),
    "supplier": N_("Supplier"),
    "lines": N_("Order lines"),
    "currency": N_("Currency"),
    "vat": N_("VAT"),
    "stated_total": N_("Total"),
    "countervalue": N_("Value in SEK"),
    "details": N_("Details"),
    "notes": N_("Other text"),
    # The subject of a mail that orders.
    "order": N_("Order"),
    "line_discount": N_("discount %(amount)s"),
    "line_vat": N_("VAT %(rate)s%%"),
    "set_aside": N_("The column %(name)s is neither a price nor a quantity"),
    # What a decision by another raises.
    **{f"flag {flag.value}": words for flag, words in _FLAGS_OF_OTHERS.items()},
    # Why a mail was ignored, as the inbox names it.
    "ignored automatic: bounce": N_("Delivery failures"),
    "ignored automatic: away": N_("Out-of-office replies"),
    "ignored automatic: report": N_("Receipts and reports"),
    "ignored automatic: calendar": N_("Meetings"),
    "ignored automatic: group": N_("Email by groups"),
    "ignored automatic: list": N_("Mailing lists"),
    "ignored automatic: generated": N_("Other automatic email"),
    "ignored own address": N_("The ordering system's own email"),
    "ignored duplicate": N_("Repeated email"),
    # Kinds of mail, as the outbox names them.
    **{f"mail {kind.value}": words for kind, words in _NOTICES.items()},
}
"""What is a plain string where it is shown, or belongs to an enumeration that the domain does not know."""


def text(name: str | StrEnum) -> str:
    """Return the words for a member of an enumeration or for a plain name; KeyError when there are none."""
    member = TEXTS.get((type(name).__name__, str(name)))
    return member if member is not None else NAMES[str(name)]
