"""What a person newly wrote in an answer: the quoted mail and the signature taken off."""

import re

from mailparser_reply import EmailReplyParser

MAX_LINE = 1_000
MAX_TEXT = 100_000
LANGUAGES = ["sv", "en"]
_BLANK_LINES = re.compile(r"\n{3,}")
_NOT_WRITTEN = re.compile(r">|[-_]{5,}|(?:Skickat från|Sent from) m|(?:Hämta|Get) Outlook", re.IGNORECASE)


def new_text(text: str) -> str:
    """Return the answer's own text. Only for true answers: on a new order it could cut real lines (email.md, trap 9).

    Long lines, long texts and runs of blank lines are cut first: the library's patterns grow with the square of each
    (email.md B6). A text with nothing of its own, only the quoted mail, gives nothing.
    """
    whole = text if len(text) <= MAX_TEXT else text[:MAX_TEXT].rpartition("\n")[0]
    short = "\n".join(line[:MAX_LINE].strip() for line in whole.split("\n"))
    newest = EmailReplyParser(languages=LANGUAGES).read(_BLANK_LINES.sub("\n\n", short)).replies[0]
    own = [] if newest.headers else newest.content.split("\n")
    signature = own.index("--") if "--" in own else len(own)
    return "\n".join(line for line in own[:signature] if not _NOT_WRITTEN.match(line)).strip()
