"""F6 of the audit: special categories are data, known by the field Kategori (docs/rules/attest.md#special)."""

from dataclasses import replace

import pytest

from mailbot.domain.ordering.categories import perhaps_special, special_category
from mailbot.domain.values.order import Content, Field
from tests.support.samples import content, line
from tests.support.university import shipped

SU, UMU = shipped("su"), shipped("umu")


def order(goods: str = "Mus", **fields: str) -> Content:
    stated = {Field(name): text for name, text in fields.items()}
    return replace(content(line("100", description=goods)), details=stated)


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ("representation", "representation"),
        ("Representation extern", "representation"),
        ("Profilprodukter", "profilprodukt"),
        ("anläggningstillgång", "anläggningstillgång"),
        ("Stöldbegärlig", "stöldbegärlig inventarie"),
        ("stöldbegärligt", "stöldbegärlig inventarie"),
        ("vin", "representation"),
        ("inventarier", "stöldbegärlig inventarie"),
        ("stöldbegärliga inventarier", "stöldbegärlig inventarie"),
        ("Luncherna på konferensen", "representation"),
        ("presentation", ""),
        ("Vinyl", ""),
        ("datorprogram", ""),
        ("ingen representation", ""),
        ("nej", ""),
        ("no", ""),
        ("", ""),
        ("IT", ""),
        ("kontorsmaterial", ""),
    ],
)
def test_a_category_is_known_by_its_name_with_any_ending(said: str, category: str) -> None:
    assert special_category(order(category=said), SU) == category


def test_a_word_of_the_order_suggests_a_category_where_the_field_is_absent() -> None:
    assert perhaps_special(order("Bärbar dator Dell"), SU) == ("stöldbegärlig inventarie",)
    assert perhaps_special(order("Mus", reason="(Lunch) med gäster"), SU) == ("representation",)
    assert perhaps_special(order("Bärbar dator Dell", category="nej"), SU) == ()
    assert perhaps_special(order("Mus"), SU) == ()


@pytest.mark.parametrize("goods", ["Vinkelslip", "Vinterdäck", "Profilstål", "Datorprogram", "Presentationspekare"])
def test_a_word_that_only_begins_alike_suggests_none(goods: str) -> None:
    assert perhaps_special(order(goods), SU) == ()


@pytest.mark.parametrize("goods", ["Datorer", "Datorns laddare", "Surfplattor, 2 st", "iPads", "Vinet", "T-shirts"])
def test_a_word_with_an_ending_suggests_its_category(goods: str) -> None:
    assert len(perhaps_special(order(goods), SU)) == 1


def test_umu_has_no_categories() -> None:
    assert special_category(order(category="representation"), UMU) == ""
    assert perhaps_special(order("Bärbar dator"), UMU) == ()
