"""Why somebody may not decide is said in words, whatever the reason."""

from mailbot.domain.people.rights import Denial
from mailbot.flows.admin.explain import WHY_NOT


def test_explain_has_words_for_every_reason_why_somebody_may_not_decide() -> None:
    assert set(WHY_NOT) == set(Denial)
