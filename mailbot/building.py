"""Builds the bot from the settings; nothing is started."""

from datetime import datetime
from typing import NoReturn

from mailbot.domain.trust.senders import PlusTags, TrustSource
from mailbot.domain.values.text import fold
from mailbot.edge.keys import KeyFile
from mailbot.flows.bot import Addresses, Bot
from mailbot.flows.reply_address import ReplyRules
from mailbot.links import Signer
from mailbot.opening import open_store
from mailbot.settings import Settings


def build(settings: Settings, now: datetime, *, fill: bool = True) -> Bot:
    """Open the store as `open_store` does, and return the bot; it reads no mail until an App serves it."""
    addresses, requesters = settings.bot, settings.requesters
    return Bot(
        database=open_store(settings, now, fill=fill),
        signer=Signer(KeyFile(settings.keys.file)),
        policy=settings.policy,
        addresses=Addresses(addresses.address, addresses.purchasing, addresses.operator, addresses.contact),
        base_url=settings.web.base_url,
        domains=tuple(requesters.domains),
        trust=TrustSource(settings.trust.sender),
        language=settings.bot.language,
        read=_not_served,
        read_back=_not_served,
        read_again=_not_served,
        tries=settings.worker.tries,
        polls=bool(settings.imap_in.host),
        plus_tags=PlusTags(requesters.plus_tags),
        replies=_replies(settings),
        also=frozenset(fold(address) for address in addresses.also),
        robots=frozenset(fold(address) for address in requesters.robots),
        robot_contact=requesters.robot_contact,
        orders_an_hour=requesters.orders_per_hour,
        all_orders_an_hour=requesters.all_orders_per_hour,
        keep_free=settings.store.keep_free,
    )


def _not_served(*_: object) -> NoReturn:
    raise RuntimeError("only a bot that serves reads mail, in its children")


def _replies(settings: Settings) -> ReplyRules | None:
    stated = settings.replies
    return ReplyRules(settings.bot.address, stated.delimiter, stated.decide_below) if stated.decide else None
