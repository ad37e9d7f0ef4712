"""What a person newly wrote in an answer: the quoted mail and the signature taken off."""

from mailparser_reply import EmailReplyParser

MAX_LINE = 1_000
LANGUAGES = ["sv", "en"]


def new_text(text: str) -> str:
    """Return the answer's own text. Only for true answers: on a new order it could cut real lines (email.md, trap 9).

    Lines are cut at 1 000 characters first: the library's patterns grow with the square of a line (email.md B6).
    """
    short = "\n".join(line[:MAX_LINE] for line in text.split("\n"))
    return EmailReplyParser(languages=LANGUAGES).parse_reply(short) or ""
