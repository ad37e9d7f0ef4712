"""Amounts and VAT in a mail's text, read by the domain with the words of all languages."""

from functools import partial

from mailbot.domain.values import money, vat
from mailbot.languages import VOCABULARY

parse_amount = partial(money.parse_amount, words=VOCABULARY)
parse_discount = partial(money.parse_discount, words=VOCABULARY)
read_vat = partial(vat.read_vat, words=VOCABULARY)
part_vat = partial(vat.part_vat, words=VOCABULARY)
