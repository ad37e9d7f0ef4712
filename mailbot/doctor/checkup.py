"""One visit of the doctor: attacks first, then the canary; every finding is one plain sentence with its remedy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mailbot.doctor.attack import APPROVAL, RowsByTable, TestedLink, attack, exposure, reachable
from mailbot.doctor.browser import NoAnswerError
from mailbot.doctor.canary_run import BrokenChainError, CanaryRun
from mailbot.flows.admin import canary as flow
from mailbot.flows.admin.canary import Exposed
from mailbot.flows.bot import Bot
from mailbot.settings import Settings
from mailbot.store import canary
from mailbot.store.canary import CanaryPeople

STEP_SECONDS = 60.0


@dataclass(frozen=True)
class Doctor:
    """What a visit needs: the bot's parts as the configuration states them, a clock, and someone to tell."""

    bot: Bot
    settings: Settings
    now: Callable[[], datetime]
    say: Callable[[str], None]
    step_seconds: float = STEP_SECONDS

    def visit(self, *, links_only: bool = False) -> tuple[str, ...]:
        """Examine the running bot and return what is wrong with it; the canary's unit is shut again in any case."""
        cast = flow.open_unit(self.bot, self.now())
        try:
            found = tuple(self._links(cast))
            if not links_only:
                found += tuple(self._canary(cast))
            return found
        finally:
            flow.close_unit(self.bot, self.now())

    def _links(self, cast: CanaryPeople) -> Iterator[str]:
        self.say(f"Links: attacking {self.bot.base_url} as mail scanners do, on two orders of the doctor's own")
        exposed = flow.expose(self.bot, cast, self.now())
        links, before = _links_of(exposed), self._state()
        if trouble := reachable(links[0], exposed.waiting.number):
            self.say("  the pages cannot be examined")
            yield trouble
            return
        try:
            yield from exposure(links[0])
            yield from attack(links, before, self._state, self.say)
        except NoAnswerError as error:
            yield f"{error}. See in its log, and in the proxy's, what ended it."

    def _canary(self, cast: CanaryPeople) -> Iterator[str]:
        self.say("Canary: an order of the doctor's own through the whole chain")
        try:
            CanaryRun(self.bot, self.settings, cast, self.now, self.say, self.step_seconds).run()
        except BrokenChainError as error:
            self.say("  it did not come through")
            yield str(error)

    def _state(self) -> RowsByTable:
        with self.bot.database.read() as connection:
            return canary.state(connection)


def _links_of(exposed: Exposed) -> list[TestedLink]:
    forms = {"decide an order": APPROVAL, "undo a decision": "action=undo&version=1&step=1"}
    return [TestedLink(what, url, forms.get(what, "action=")) for what, url in exposed.links.items()]
