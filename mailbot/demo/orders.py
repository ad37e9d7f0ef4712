"""The sample orders of the demo, as mails a person would send."""

import smtplib
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

FORM = """\
Hej!

Enhet: Institutionen för datavetenskap
Godkännare: {approver}
Leverantör: {supplier}
Motivering: {reason}
Referens: Rut Rask, plan 4

{lines}

Hälsningar
Rut
"""
FIRST = FORM.format(
    approver="Eva Ek",
    supplier="Dustin AB",
    reason="Ny doktorand börjar i januari",
    lines="1 st Dell XPS 13 à 12 400 kr\n1 st Dockningsstation à 1 890 kr",
)

ANOTHER = "Godkännare: Anna Ask\nLeverantör: Dustin AB\n\n2 st Bildskärm à 3 200 kr"


def command(port: int, to: str) -> str:
    """Return one line for a shell that mails another order with nothing but Python."""
    steps = (
        "import email.message, email.utils, smtplib",
        "mail = email.message.EmailMessage()",
        "mail['From'] = 'rut.rask@example.se'",
        f"mail['To'] = '{to}'",
        "mail['Subject'] = 'Beställning'",
        "mail['Message-ID'] = email.utils.make_msgid(domain='example.se')",
        f"mail.set_content({ANOTHER!r})",
        f"smtplib.SMTP('127.0.0.1', {port}).send_message(mail)",
    )
    return f'python3 -c "{"; ".join(steps)}"'


def swaks(port: int, to: str) -> str:
    """Return one line that mails a command: Eva gets a list of what waits for her."""
    return f"swaks --server 127.0.0.1:{port} --from eva.ek@example.se --to {to} --header 'Subject: lista'"


def order_mail(
    body: str, *, sender: str = "rut.rask@example.se", to: str, subject: str = "Beställning"
) -> EmailMessage:
    """Return an order mail with the headers that any mail program sets."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Rut Rask <{sender}>", to, subject
    mail["Date"], mail["Message-ID"] = formatdate(localtime=True), make_msgid(domain="example.se")
    mail.set_content(body)
    return mail


def hand_in(mail: EmailMessage, port: int) -> str:
    """Hand a mail to the bot over SMTP on this machine; return the Message-ID it went with."""
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.send_message(mail)
    return str(mail["Message-ID"])
