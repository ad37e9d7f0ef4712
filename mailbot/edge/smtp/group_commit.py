"""The group commit: mails that wait at the same time are stored in one transaction."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from mailbot.domain.trust.envelope import RawMail
from mailbot.edge.smtp.limits import SmtpLimits

log = structlog.get_logger()

_BATCH_MAILS = 100


@dataclass
class BytesInHand:
    """Counts the bytes of all mails that are being received or wait to be stored."""

    limit: int
    used: int = 0

    @property
    def full(self) -> bool:
        """Whether no more may come in."""
        return self.used > self.limit


class GroupCommit:
    """Stores in one go whatever waits, in a thread, and wakes all who waited."""

    def __init__(self, receive: Callable[[Sequence[RawMail]], None], memory: BytesInHand, limits: SmtpLimits) -> None:
        """Remember who stores; the thread is started with the first mail."""
        self._receive = receive
        self._memory = memory
        self._limits = limits
        self._waiting: deque[tuple[RawMail, asyncio.Future[bool]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mailbot-door")

    @property
    def full(self) -> bool:
        """Only clients that hang up while their mail waits can get it this far."""
        return len(self._waiting) >= self._limits.connections

    def store(self, mail: RawMail) -> asyncio.Future[bool]:
        """Queue the mail; the future tells whether it was stored. Await it shielded."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((mail, future))
        self._memory.used += len(mail.raw)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return future

    async def stop(self) -> None:
        """Let what waits be stored, as long as `stop_seconds` allow."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=self._limits.stop_seconds)
            self._task.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run(self) -> None:
        while self._waiting:
            batch = self._next_batch()
            if len(batch) > 1 and await self._attempt([mail for mail, _ in batch]):
                self._wake(batch, stored=True)
                continue
            for one in batch:  # alone, or one by one so that a bad mail does not sink the others
                self._wake([one], stored=await self._attempt([one[0]]))

    def _next_batch(self) -> list[tuple[RawMail, asyncio.Future[bool]]]:
        batch = [self._waiting.popleft()]
        size = len(batch[0][0].raw)
        while self._waiting and len(batch) < _BATCH_MAILS:
            size += len(self._waiting[0][0].raw)
            if size > self._limits.message_bytes:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _attempt(self, mails: list[RawMail]) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._stored, mails)

    def _stored(self, mails: list[RawMail]) -> bool:
        try:
            self._receive(mails)
        except Exception as error:  # noqa: BLE001 - whatever the store raises, the sender shall try again
            log.error("mails not stored", error=type(error).__name__, mails=len(mails))
            return False
        return True

    def _wake(self, batch: list[tuple[RawMail, asyncio.Future[bool]]], *, stored: bool) -> None:
        for mail, future in batch:
            self._memory.used -= len(mail.raw)
            future.set_result(stored)
