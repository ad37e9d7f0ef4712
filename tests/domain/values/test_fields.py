"""What is done with each field of an order stands in one table, and every field has a row there."""

from mailbot.domain.values.order import DETAILS, FIELDS, FOR_THE_SUPPLIER, Field, PagePart


def test_every_field_has_a_row() -> None:
    assert FIELDS.keys() == set(Field)


def test_the_rows_stand_in_the_order_of_the_page() -> None:
    parts = [traits.page for traits in FIELDS.values()]
    assert parts == sorted(parts)
    assert PagePart.LINES not in parts


def test_the_supplier_is_told_details_alone_and_never_why_for_whom_or_on_which_account() -> None:
    told = [field for field in Field if FIELDS[field].told]
    assert set(told) == set(FOR_THE_SUPPLIER) <= set(DETAILS)
    assert len({FIELDS[field].told for field in told}) == len(told), "two of them would change places at random"
    never = {Field.REASON, Field.FOR_PERSON, Field.ACCOUNTING, Field.PROJECT, Field.CATEGORY, Field.QUOTE_VALID}
    assert not never & set(told)


def test_text_and_html_of_a_mail_must_agree_on_all_that_is_judged() -> None:
    assert {field for field in Field if FIELDS[field].judged} <= {field for field in Field if FIELDS[field].agreed}
