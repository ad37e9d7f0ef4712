"""What the demo does when it has begun to serve: Rut's first order, and what there is to try."""

from contextlib import suppress
from smtplib import SMTPException
from threading import Thread

from mailbot.app import App
from mailbot.demo.orders import FIRST, command, hand_in, order_mail, swaks
from mailbot.settings import Settings, TcpAddress
from mailbot.store import orders


def welcome(app: App, settings: Settings) -> str:
    """Have the first order mailed, unless there is one, and return what to tell whoever started the demo."""
    listen, bot = settings.smtp_in.listen, settings.bot.address
    port = listen.port if isinstance(listen, TcpAddress) else 0
    with app.bot.database.read() as connection:
        first = not orders.newest(connection, 1)
    if first:
        # Beside the loop: it is about to serve, and this very mail.
        Thread(target=_hand_in_first, args=(bot, port), daemon=True).start()
    return f"""
mailbot runs on this machine only. Ctrl-C stops it.

  Look:  {settings.web.base_url}/demo/outbox   every mail it sends, newest first
  Rut Rask has mailed an order. Eva Ek's request is there: open its link and decide.
  Undecided orders get a reminder after a minute; decisions can be undone for 20 seconds.

  Mail another order:
    {command(port, bot)}
  Ask for the list of what waits, as Eva:
    {swaks(port, bot)}
"""


def _hand_in_first(to: str, port: int) -> None:
    with suppress(OSError, SMTPException):  # stopped meanwhile: the next start finds no order, and mails it
        hand_in(order_mail(FIRST, to=to), port)
