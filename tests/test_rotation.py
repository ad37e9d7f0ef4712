"""Rotating the keys of links: nothing in a sent mail breaks, a running bot follows, and nothing is ever half done."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from mailbot import rotation
from mailbot.domain.notices.notice import Purpose
from mailbot.edge import keys
from mailbot.edge.keys import BadKeyFileError, KeyFile
from mailbot.flows.steps.link_page import see_order
from mailbot.flows.steps.open_link import LinkRefusal
from mailbot.links import Signer
from tests.journeys.browser import link
from tests.journeys.browser import visit as browse
from tests.journeys.people import place
from tests.support.disk import fill, small_disk
from tests.support.harness import EVA, START, Harness, harness
from tests.support.process import RUN, environment, serving


@dataclass
class Keyed:
    """A bot whose keys lie in a file."""

    home: Harness
    file: Path

    def rotate(self) -> str:
        return "\n".join(rotation.rotate(self.file, self.home.bot.database, self.home.now))

    def drop_old(self) -> str:
        return "\n".join(rotation.drop_old(self.file, self.home.bot.database, self.home.now))

    def opens(self, token: str) -> bool:
        return not isinstance(see_order(self.home.bot, Purpose.DECIDE, token, self.home.now), LinkRefusal)

    def mailed(self) -> str:
        """Let an order come in, and return the token that its approver is mailed."""
        self.home.mail()
        return self.home.token(EVA, Purpose.DECIDE)


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Keyed]:
    file = tmp_path / "var" / "keys"
    with harness(tmp_path, remind_after=timedelta(days=300)) as home:
        home.change(signer=Signer(KeyFile(file)))
        yield Keyed(home, file)


class TestARotation:
    def test_leaves_links_in_sent_mails_open_and_signs_new_ones_with_the_new_key(self, keyed: Keyed) -> None:
        before = keyed.mailed()
        keyed.rotate()
        after = keyed.mailed()
        assert keyed.opens(before)
        assert keyed.opens(after)
        newest = Signer([keys.read(keyed.file)[-1].secret])
        assert newest.read(Purpose.DECIDE, after)
        assert newest.read(Purpose.DECIDE, before) is None

    def test_is_taken_up_by_a_bot_that_was_not_restarted(self, keyed: Keyed) -> None:
        """Another process signs with the new key; the bot that runs since before the rotation reads it."""
        keyed.mailed()
        keyed.rotate()
        other = replace(keyed.home.bot, signer=Signer(KeyFile(keyed.file)))
        mine, keyed.home.bot = keyed.home.bot, other
        token = keyed.mailed()
        keyed.home.bot = mine
        assert keyed.opens(token)

    def test_says_when_the_oldest_key_can_go_and_shows_no_key(self, keyed: Keyed) -> None:
        keyed.mailed()
        said = keyed.rotate()
        assert "no restart" in said
        assert "2026-03-16 09:00 UTC" in said  # the link lives for 14 days
        assert not [key for key in keys.read(keyed.file) if key.secret.hex()[:8] in said]
        assert "secret" not in repr(keys.read(keyed.file))
        assert keys.read(keyed.file)[0].secret.hex() not in repr(keyed.home.bot)

    def test_keeps_mode_and_owner_and_leaves_no_other_file(self, keyed: Keyed) -> None:
        if os.geteuid() == 0:
            os.chown(keyed.file, 1234, 1234)
        before = keyed.file.stat()
        keyed.rotate()
        after = keyed.file.stat()
        assert after.st_mode & 0o777 == 0o600
        assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
        assert [path.name for path in keyed.file.parent.iterdir()] == ["keys"]

    def test_of_a_file_elsewhere_leaves_the_link_to_it(self, keyed: Keyed, tmp_path: Path) -> None:
        before = keyed.file.read_bytes()
        (tmp_path / "link").symlink_to(keyed.file)
        keys.rotate(tmp_path / "link", keyed.home.now)
        assert (tmp_path / "link").is_symlink()
        assert keyed.file.read_bytes().startswith(before)

    def test_at_the_same_time_as_another_loses_neither_key(self, keyed: Keyed) -> None:
        first = keys.read(keyed.file)
        code = "import sys; from datetime import *; from pathlib import Path; from mailbot.edge.keys import rotate\n"
        code += "for _ in range(20): rotate(Path(sys.argv[1]), datetime.now(UTC))"
        root = RUN.parent
        at_once = [
            subprocess.Popen([sys.executable, "-c", code, str(keyed.file)], cwd=root, env=environment())  # noqa: S603
            for _ in range(3)
        ]
        while any(process.poll() is None for process in at_once):
            assert set(first) <= set(keys.read(keyed.file))  # never half a file
        assert [process.returncode for process in at_once] == [0, 0, 0]
        found = keys.read(keyed.file)
        assert len({key.secret for key in found}) == 61

    @pytest.mark.parametrize("text", ["", "not hex", "00" * 32 + " yesterday", "ab" * 8])
    def test_of_a_broken_file_is_refused_and_leaves_it_as_it_is(self, keyed: Keyed, text: str) -> None:
        keyed.file.write_text(text)
        with pytest.raises(BadKeyFileError, match="backup"):
            keyed.rotate()
        with pytest.raises(BadKeyFileError, match="backup"):
            keyed.drop_old()
        assert keyed.file.read_text() == text

    def test_on_a_full_disk_changes_nothing_and_says_to_make_room(self, tmp_path: Path) -> None:
        with small_disk(tmp_path / "small", 1) as disk:
            before = keys.read_or_make(disk / "keys")
            fill(disk, leave=0)
            with pytest.raises(BadKeyFileError, match="make room on its disk"):
                keys.rotate(disk / "keys", START)
            assert keys.read_or_make(disk / "keys") == before


class TestDroppingOldKeys:
    def test_removes_none_that_a_living_link_needs(self, keyed: Keyed) -> None:
        token = keyed.mailed()
        keyed.rotate()
        keyed.home.now += timedelta(days=13, hours=23)
        assert "No key was removed" in keyed.drop_old()
        assert keyed.opens(token)

    def test_removes_those_whose_links_have_expired_and_says_what_that_breaks(self, keyed: Keyed) -> None:
        token = keyed.mailed()
        keyed.rotate()
        kept = keyed.mailed()
        keyed.home.now += timedelta(days=14, seconds=1)
        said = keyed.drop_old()
        assert "1 older key was removed" in said
        assert "offered to mail a fresh one" in said
        assert see_order(keyed.home.bot, Purpose.DECIDE, token, keyed.home.now) is LinkRefusal.DAMAGED
        assert see_order(keyed.home.bot, Purpose.DECIDE, kept, keyed.home.now) is LinkRefusal.EXPIRED
        assert "No key was removed" in keyed.drop_old()
        assert len(keys.read(keyed.file)) == 1

    def test_goes_by_when_the_next_key_came_and_by_every_link_when_that_is_not_known(self, keyed: Keyed) -> None:
        keyed.rotate()
        keyed.home.now += timedelta(days=1)
        token = keyed.mailed()
        assert "1 older key was removed" in keyed.drop_old()
        assert keyed.opens(token)
        old, new = "aa" * 32, keyed.file.read_text().split()[0]
        keyed.file.write_text(f"{old}\n{new}\n")
        assert "No key was removed" in keyed.drop_old()

    def test_that_leaked_kills_every_link_at_once(self, keyed: Keyed) -> None:
        token = keyed.mailed()
        said = "\n".join(rotation.leaked(keyed.file, keyed.home.bot.database, keyed.home.now))
        assert re.search(r"^4 links in mails already sent no longer work", said, re.MULTILINE)
        assert not keyed.opens(token)
        assert keyed.opens(keyed.mailed())


class TestAKeyFileThatBreaksWhileTheBotRuns:
    @pytest.mark.parametrize("harm", ["gone", "empty", "open to others"])
    def test_is_said_once_in_the_log_and_the_keys_read_before_go_on(self, keyed: Keyed, harm: str) -> None:
        token = keyed.mailed()
        whole = keyed.file.read_bytes()
        if harm == "gone":
            keyed.file.unlink()
        elif harm == "empty":
            keyed.file.write_text("")
        else:
            keyed.file.chmod(0o644)
        with structlog.testing.capture_logs() as lines:
            assert keyed.opens(token)
            assert keyed.opens(token)
            assert keyed.opens(keyed.mailed())
        assert [line["event"] for line in lines].count("key_file_unusable") == 1
        keyed.file.write_bytes(whole)
        keyed.file.chmod(0o600)
        keyed.rotate()
        assert len(list(keyed.home.bot.signer.keys)) == 2


def test_a_serving_bot_follows_the_command_without_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as bot:
        first = link(place(bot).request, "decide")
        command = [sys.executable, str(RUN), "keys", "rotate", "--config", str(bot.config)]

        def said(*options: str) -> str:
            return subprocess.run(  # noqa: S603
                [*command, *options], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
            ).stdout

        assert "A new key signs every link from now on" in said()
        assert browse(first).status == 200
        fresh = link(place(bot, reference="plan 5").request, "decide")
        assert browse(fresh).status == 200
        assert "No key was removed" in said("--drop-old")
        said("--leaked")
        assert [browse(old).status for old in (first, fresh)] == [404, 404]
        assert place(bot, reference="plan 6").page().status == 200
