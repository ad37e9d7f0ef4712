"""Signed links: one purpose, one id, keys that rotate (docs/rules/promises.md#link; docs/rules/mail.md#tokens)."""

import string
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.notices.notice import Purpose
from mailbot.links import Signer, fingerprint, same

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
SIGNER = Signer([NEW])
TOKEN, LINK_ID = SIGNER.make(Purpose.DECIDE)
PURPOSES = list(Purpose)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_link_gives_its_id_back_for_its_own_purpose(purpose: Purpose) -> None:
    token, link_id = SIGNER.make(purpose)
    assert SIGNER.read(purpose, token) == link_id


@pytest.mark.parametrize("made_for", PURPOSES)
@pytest.mark.parametrize("opened_for", PURPOSES)
def test_a_link_opens_nothing_of_another_purpose(made_for: Purpose, opened_for: Purpose) -> None:
    token, _ = SIGNER.make(made_for)
    assert (SIGNER.read(opened_for, token) is None) is (made_for is not opened_for)


def test_every_link_has_an_id_of_its_own() -> None:
    ids = {SIGNER.make(Purpose.DECIDE)[1] for _ in range(200)}
    assert len(ids) == 200
    assert min(len(link_id) for link_id in ids) >= 22, "128 bits take 22 letters"


def test_a_link_is_short_and_of_letters_that_mail_programs_leave_alone() -> None:
    assert len(TOKEN) < 120
    assert set(TOKEN) <= set(string.ascii_letters + string.digits + "-_.")
    assert TOKEN[-1] not in ".="


class TestKeys:
    def test_links_of_an_older_key_go_on_working_after_a_rotation(self) -> None:
        token, link_id = Signer([OLD]).make(Purpose.ORDER)
        assert Signer([OLD, NEW]).read(Purpose.ORDER, token) == link_id

    def test_the_newest_key_signs(self) -> None:
        token, link_id = Signer([OLD, NEW]).make(Purpose.ORDER)
        assert Signer([NEW]).read(Purpose.ORDER, token) == link_id
        assert Signer([OLD]).read(Purpose.ORDER, token) is None

    def test_links_of_a_key_that_was_taken_away_are_dead(self) -> None:
        token, _ = Signer([OLD]).make(Purpose.ORDER)
        assert Signer([NEW]).read(Purpose.ORDER, token) is None

    def test_a_link_signed_with_a_strangers_key_opens_nothing(self) -> None:
        token, _ = Signer([OTHER]).make(Purpose.DECIDE)
        assert Signer([OLD, NEW]).read(Purpose.DECIDE, token) is None


class TestDamagedText:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            ".",
            "..",
            "abc",
            "abc.def",
            "å",
            "\x00",
            "\udc80",
            LINK_ID,
            TOKEN[:-5],
            TOKEN[5:],
            TOKEN.replace(".", ""),
            TOKEN.replace(".", "..", 1),
            TOKEN.rpartition(".")[0],
            TOKEN.rpartition(".")[2],
            f"x{TOKEN}",
            f" {TOKEN}",
            TOKEN.swapcase(),
            TOKEN + TOKEN,
            f".{TOKEN}",
            "a" * 1_000_000,
        ],
        ids=count(),
    )
    def test_text_that_is_no_whole_link_opens_nothing(self, text: str) -> None:
        assert SIGNER.read(Purpose.DECIDE, text) is None

    @given(st.text(alphabet=st.characters()))
    def test_no_text_raises(self, text: str) -> None:
        assert SIGNER.read(Purpose.DECIDE, text) is None

    @given(st.integers(0, len(TOKEN) - 1), st.sampled_from(string.ascii_letters + string.digits + "-_.=é"))
    def test_a_link_with_one_letter_changed_names_its_own_id_or_none(self, place: int, letter: str) -> None:
        changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
        assert SIGNER.read(Purpose.DECIDE, changed) in {None, LINK_ID}

    @given(st.text(max_size=4))
    def test_a_link_with_text_glued_on_names_its_own_id_or_none(self, tail: str) -> None:
        assert SIGNER.read(Purpose.DECIDE, TOKEN + tail) in {None, LINK_ID}


class TestSecrets:
    def test_what_the_store_knows_of_a_link_does_not_open_it(self) -> None:
        assert LINK_ID not in fingerprint(LINK_ID)
        assert SIGNER.read(Purpose.DECIDE, fingerprint(LINK_ID)) is None

    def test_a_fingerprint_is_always_the_same_and_another_ids_differs(self) -> None:
        assert fingerprint(LINK_ID) == fingerprint(LINK_ID)
        assert fingerprint(LINK_ID) != fingerprint(LINK_ID + "x")

    @pytest.mark.parametrize(
        ("a", "b", "equal"), [("a", "a", True), ("a", "b", False), ("å", "å", True), ("", "a", False)]
    )
    def test_two_secrets_are_the_same_or_not(self, a: str, b: str, *, equal: bool) -> None:
        assert same(a, b) is equal
