"""Real and malformed mails of other projects: each ends in a bucket, and nobody unknown or automatic is answered."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.domain.trust.envelope import RawMail
from mailbot.domain.values.text import clean, is_plain_address, tidy
from mailbot.flows.incoming.receive import receive
from mailbot.mail.reading.intake import take_in
from tests.flows.incoming.mails import mail, recipients
from tests.support.examples import LONG
from tests.support.harness import ANNA, BOT, EVA, OPERATOR, PURCHASING, RUT, Harness, harness

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
BATCH = 15
FINAL = {("parked", None), ("done", "order"), ("done", "answer"), ("done", "ignored"), ("waiting", None)}

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the sample mails are not at {CORPUS}")


@pytest.fixture(scope="module")
def samples() -> list[bytes]:
    """Every file, in an ordinary run every third: mails, and beside them texts and data that are no mail at all."""
    found = [path.read_bytes() for path in sorted(CORPUS.rglob("*")) if path.is_file()]
    return found if LONG else found[::3]


@pytest.fixture(params=["none", "loopback"])
def trusting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Harness]:
    with harness(tmp_path, trust=request.param) as made:
        yield made


def let_in(home: Harness, mails: Sequence[tuple[bytes, str]]) -> None:
    """Let mails come in, a few an hour, and be dealt with; nothing is sent."""
    for start in range(0, len(mails), BATCH):
        batch = mails[start : start + BATCH]
        receive(home.bot, [RawMail(raw, sender, (BOT,), "127.0.0.1", "smtp", home.now) for raw, sender in batch])
        while home.processor.process_next(home.now):
            pass
        home.now += timedelta(days=1)


def from_rut(sample: bytes) -> bytes:
    """Return the sample as a mail of Rut's: her address for its own, or as the text of a mail where it is none."""
    head, gap, body = re.split(rb"(\r?\n\r?\n|\Z)", sample, maxsplit=1)
    if not re.search(rb"^(from|message-id|content-type):", head, re.IGNORECASE | re.MULTILINE):
        return mail(body=sample)
    others = re.sub(rb"^From[ :].*\n(?:[ \t].*\n)*", b"", head + b"\n", flags=re.IGNORECASE | re.MULTILINE)
    return b"From: " + RUT.encode() + b"\n" + others.removesuffix(b"\n") + gap + body


def ends(home: Harness) -> set[tuple[str, str | None]]:
    return {(state, outcome) for state, outcome in home.query("SELECT DISTINCT state, outcome FROM inbox")}


def test_there_are_samples_of_every_kind(samples: list[bytes]) -> None:
    assert len(samples) > 350
    kinds = {take_in(sample, "a@b.example").mail.robot for sample in samples}
    assert {"bounce", "report", "away", "list", None} <= kinds


@pytest.mark.parametrize("mail_from", ["a@b.example", ""])
def test_every_sample_is_read_without_an_exception_into_clean_values(samples: list[bytes], mail_from: str) -> None:
    for sample in samples:
        found = take_in(sample, mail_from).mail
        assert found.sender is None or is_plain_address(found.sender)
        assert found.subject == clean(found.subject)
        assert (found.plain, found.html) == (tidy(found.plain), tidy(found.html))
        repr(found).encode()


def test_every_sample_ends_in_a_bucket_and_nobody_is_answered(trusting: Harness, samples: list[bytes]) -> None:
    let_in(trusting, [(sample, "a@b.example") for sample in samples])
    assert ends(trusting) <= {("parked", None), ("done", "ignored")}
    assert sum(trusting.sums().values()) == len(samples)
    assert recipients(trusting) == set()


def test_a_sample_as_a_known_persons_ends_in_a_bucket_and_no_robot_is_answered(
    home: Harness, samples: list[bytes]
) -> None:
    """Every fifth sample, since each is answered at length."""
    mails = [(from_rut(sample), RUT) for sample in samples[::5]]
    home.mail()
    let_in(home, mails)
    assert ends(home) <= FINAL
    assert sum(home.sums().values()) == len(mails) + 1
    assert recipients(home) <= {RUT, EVA, ANNA, PURCHASING, OPERATOR}
    assert home.query("SELECT count(*) FROM decisions") == [(0,)]
    answered = home.query("SELECT raw FROM inbox WHERE outcome IN ('answer', 'order')")
    assert not any(take_in(raw, RUT).mail.is_automatic for (raw,) in answered)
    home.dump().encode()
