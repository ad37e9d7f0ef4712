"""Which sum stands out in a mail: the one that is compared with the limit; for the supplier the one to be paid."""

import re
from pathlib import Path

import pytest

from tests.support.harness import DUSTIN, EVA, harness

BOLD = re.compile(r'font-weight:bold">(Totalt [^<]*)</th>')


@pytest.mark.parametrize(("with_vat", "counts"), [(False, "Totalt utan moms"), (True, "Totalt med moms")])
def test_the_sum_that_counts_stands_out_for_who_decides_and_what_is_paid_for_who_sells(
    tmp_path: Path, *, with_vat: bool, counts: str
) -> None:
    with harness(tmp_path, limit_includes_vat=with_vat, purchasing_over_limit=False) as home:
        home.mail()
        home.approve()
        home.later(minutes=6)
        for to, stands_out in ((EVA, counts), (DUSTIN, "Totalt med moms")):
            html = home.sent(to, "Totalt").get_body(("html",))
            assert html is not None
            assert BOLD.findall(html.get_content()) == [stands_out]
