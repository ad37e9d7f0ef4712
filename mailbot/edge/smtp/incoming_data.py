"""The bytes of one mail on their way in: where they end, and when they are too many."""

from mailbot.edge.smtp.group_commit import BytesInHand
from mailbot.edge.smtp.limits import SmtpLimits
from mailbot.edge.smtp.smtp_replies import BUSY, too_big

_END = b"\r\n.\r\n"


class IncomingData:
    """Collects the bytes of one DATA, and lets go of them as soon as a limit is passed."""

    def __init__(self, limits: SmtpLimits, memory: BytesInHand) -> None:
        """Begin after the line that says DATA."""
        self.ended = False
        self.refusal = ""
        self._limits = limits
        self._memory = memory
        self._tail = b"\r\n"  # of the DATA line itself: a dot on the first line ends an empty mail
        self._line_start = 0
        self._bytes = bytearray()

    def add(self, piece: bytes) -> bytes:
        """Take the next bytes, return those beyond the end. Only CRLF.CRLF is one, no other mix of CR, LF and dot."""
        window = self._tail + piece
        end = window.find(_END)
        self.ended = end >= 0
        used = end + len(_END) - len(self._tail) if self.ended else len(piece)
        self._tail = window[1 - len(_END) :]
        if not self.refusal:
            self._keep(piece[:used])
        return piece[used:]

    def _keep(self, piece: bytes) -> None:
        self._bytes += piece
        self._memory.used += len(piece)
        self.refusal = self._fault()
        if self.refusal:
            self.release()

    def release(self) -> None:
        """Let go of all bytes."""
        self._memory.used -= len(self._bytes)
        self._bytes = bytearray()

    def take(self) -> bytes:
        """Return the mail without the ending dot and the dots doubled for transport; keep nothing."""
        raw = bytes(memoryview(self._bytes)[self._bytes.startswith(b".") : -3])
        self.release()
        return raw.replace(b"\r\n.", b"\r\n")

    def _fault(self) -> str:
        if len(self._bytes) > self._limits.message_bytes + len(b".\r\n"):
            return too_big("The mail", self._limits.message_bytes)
        if self._has_long_line():
            return too_big("A line of the mail", self._limits.line_bytes)
        return BUSY if self._memory.full else ""

    def _has_long_line(self) -> bool:
        # Hops from line end to line end, as far as one line may reach, so no byte is searched more than twice.
        reach = self._limits.line_bytes + len(b"\r\n")
        while len(self._bytes) - self._line_start >= reach:
            end = self._bytes.rfind(b"\r\n", self._line_start, self._line_start + reach)
            if end < 0:
                return True
            self._line_start = end + len(b"\r\n")
        return False
