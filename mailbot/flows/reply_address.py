"""Secret reply addresses: how one is made, and how its secret is found among a mail's recipients."""

import base64
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailbot.domain.people.step_up import applies
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Order
from mailbot.domain.values.policy import Policy
from mailbot.domain.values.text import fold

SECRET_BYTES = 16


@dataclass(frozen=True)
class ReplyRules:
    """Decisions by reply: only of amounts under `below`, in the basis of the policy's limit."""

    address: str
    delimiter: str
    below: Money

    def allow(self, order: Order, policy: Policy) -> bool:
        """Tell whether the order is small enough to be decided by reply, and needs no step-up."""
        total = order.content.total_in(includes_vat=policy.limit_includes_vat)
        return not applies(order.content, policy) and total.currency == self.below.currency and total < self.below

    def make(self) -> tuple[str, str]:
        """Return a new address and its secret, in lower case as servers leave it (docs/rules/mail.md#reply-address)."""
        secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode().rstrip("=").lower()
        local, _, domain = self.address.partition("@")
        return f"{local}{self.delimiter}{secret}@{domain}", secret

    def secrets_in(self, recipients: Iterable[str]) -> Iterator[str]:
        """Yield the secrets in those addresses that are the bot's own address with a tag."""
        local, _, domain = fold(self.address).partition("@")
        for recipient in recipients:
            tagged, _, host = fold(recipient).partition("@")
            name, found, secret = tagged.rpartition(self.delimiter)
            if found and name == local and host == domain:
                yield secret
