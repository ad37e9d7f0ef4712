"""Builds the bot from the settings; nothing is started."""

from datetime import datetime

from mailbot.domain.trust.senders import PlusTags, SenderRules, TrustSource
from mailbot.domain.values.text import fold
from mailbot.edge.keys import KeyFile
from mailbot.flows.bot import Addresses, Bot
from mailbot.flows.reply_address import ReplyRules
from mailbot.links import Signer
from mailbot.opening import open_store
from mailbot.settings import Settings


def build(settings: Settings, now: datetime, *, fill: bool = True) -> Bot:
    """Open the store as `open_store` does, and return the bot."""
    addresses, requesters = settings.bot, settings.requesters
    return Bot(
        database=open_store(settings, now, fill=fill),
        signer=Signer(KeyFile(settings.keys.file)),
        policy=settings.policy,
        addresses=Addresses(
            addresses.address, addresses.purchasing, addresses.operator, addresses.contact, addresses.finance
        ),
        base_url=settings.web.base_url,
        senders=SenderRules(
            TrustSource(settings.trust.sender), tuple(requesters.domains), PlusTags(requesters.plus_tags)
        ),
        language=settings.bot.language,
        replies=_replies(settings),
        also=frozenset(fold(address) for address in addresses.also),
        robots=frozenset(fold(address) for address in requesters.robots),
        robot_contact=requesters.robot_contact,
        keep_free=settings.store.keep_free,
    )


def _replies(settings: Settings) -> ReplyRules | None:
    stated = settings.replies
    return ReplyRules(settings.bot.address, stated.delimiter, stated.decide_below) if stated.decide else None
