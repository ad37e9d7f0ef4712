"""The key file: made once, for its owner's eyes only, and never guessed at when it is not as it should be."""

from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.edge.keys import KEY_BYTES, BadKeyFileError, read_or_make
from mailbot.links import Signer

OLD, NEW = "a1" * KEY_BYTES, "b2" * KEY_BYTES


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_first_start_makes_one_random_key_that_only_its_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "var" / "keys"
    (key,) = read_or_make(path)
    assert len(key) == KEY_BYTES == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert (key,) != read_or_make(tmp_path / "other")


def test_later_starts_read_the_same_key(tmp_path: Path) -> None:
    assert read_or_make(tmp_path / "keys") == read_or_make(tmp_path / "keys")


def test_keys_are_read_from_oldest_to_newest(tmp_path: Path) -> None:
    keys = read_or_make(write(tmp_path / "keys", f"{OLD}\n{NEW}\n"))
    assert [key.hex() for key in keys] == [OLD, NEW]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o620, 0o777])
def test_a_file_that_others_can_reach_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "keys", OLD, mode)
    with pytest.raises(BadKeyFileError, match="run chmod 600 on it") as refused:
        read_or_make(path)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "not hex at all", OLD[:-2], f"{OLD}\n{NEW[:32]}\n", f"{OLD}\n{NEW[:-1]}\n", "å" * 64]
)
def test_a_file_without_usable_keys_is_refused_and_neither_shown_nor_replaced(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "keys", text)
    with pytest.raises(BadKeyFileError) as refused:
        read_or_make(path)
    assert path.read_text() == text
    assert "backup" in str(refused.value)
    assert "remove" not in str(refused.value)  # it may be another file than the keys', such as the database
    assert OLD[:8] not in str(refused.value)


def test_a_folder_is_said_to_be_one_not_to_be_open_to_others(tmp_path: Path) -> None:
    with pytest.raises(BadKeyFileError, match=r"Is a directory\); let \[keys\] file name a file"):
        read_or_make(tmp_path)


def test_a_place_where_no_file_can_be_made_is_said_with_the_remedy(tmp_path: Path) -> None:
    for path in (write(tmp_path / "file", "") / "keys", tmp_path / ("a" * 300)):
        with pytest.raises(BadKeyFileError, match="let the bot's own user own it and its folder"):
            read_or_make(path)


class TestRotation:
    def test_links_of_an_older_key_work_while_it_is_in_the_file(self, tmp_path: Path) -> None:
        path = write(tmp_path / "keys", OLD)
        token, link_id = Signer(read_or_make(path)).make(Purpose.DECIDE)
        write(path, f"{OLD}\n{NEW}\n")
        assert Signer(read_or_make(path)).read(Purpose.DECIDE, token) == link_id
        write(path, f"{NEW}\n")
        assert Signer(read_or_make(path)).read(Purpose.DECIDE, token) is None

    def test_new_links_are_signed_with_the_newest_key(self, tmp_path: Path) -> None:
        token, link_id = Signer(read_or_make(write(tmp_path / "keys", f"{OLD}\n{NEW}\n"))).make(Purpose.ORDER)
        assert Signer([bytes.fromhex(NEW)]).read(Purpose.ORDER, token) == link_id
        assert Signer([bytes.fromhex(OLD)]).read(Purpose.ORDER, token) is None
