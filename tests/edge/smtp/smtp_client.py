"""A raw SMTP client for tests that must send what smtplib never would."""

import socket
from types import TracebackType


class RawClient:
    """One connection; `say` sends a line and returns the whole reply, lines joined by "|"."""

    def __init__(self, port: int, source: str = "127.0.0.1", *, greet: bool = True) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(source, 0))
        self._file = self.sock.makefile("rb")
        self.greeting = self.reply() if greet else ""

    def __enter__(self) -> "RawClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self.sock.close()

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reply(self) -> str:
        """Return one reply, "" when the server has closed."""
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            line = self._file.readline()
            if not line:
                break
            lines.append(line.decode().rstrip("\r\n"))
        return "|".join(lines)

    def say(self, line: str | bytes) -> str:
        self.send((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        return self.reply()

    def is_silent(self, seconds: float = 0.1) -> bool:
        """Tell whether the server says nothing for so long. Only for the last look before more is sent."""
        self.sock.settimeout(seconds)
        try:
            return not self.sock.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return True
        finally:
            self.sock.settimeout(5)

    def begin(self, recipient: str = "po@bot.test") -> str:
        """Say everything up to DATA and return the reply to it."""
        self.say("EHLO client.test")
        return self.again(recipient)

    def again(self, recipient: str = "po@bot.test") -> str:
        self.say("MAIL FROM:<anna@company.test>")
        self.say(f"RCPT TO:<{recipient}>")
        return self.say("DATA")

    def send_until_cut(self, block: bytes, most: int) -> int:
        """Send the block over and over; return how many bytes went out before the server cut the line."""
        sent = 0
        try:
            while sent < most:
                self.sock.sendall(block)
                sent += len(block)
        except OSError:
            return sent
        return sent

    def is_closed(self) -> bool:
        """Read to the end; True when the server closes, False when it stays silent for five seconds."""
        try:
            while self.sock.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True
