"""What mail programs support of HTML and CSS, as data: every element, attribute and property that a mail may use.

From docs/rules/mail.md#programs and the data of caniemail.com (June 2026) for Outlook on Windows (the Word engine, the
poorest), Gmail (no `<style>` for accounts of others in its app) and Apple Mail on iOS. What is not listed here is not
used.
"""

EVERYWHERE = "Outlook, Gmail and iOS"

ELEMENTS = {
    "html", "head", "meta", "title", "style", "body",
    "div", "table", "tr", "td", "th", "h1", "h2", "p", "ul", "li", "br", "span", "a",
}  # fmt: skip

ATTRIBUTES: dict[str, set[str]] = {
    "html": {"lang"},
    "meta": {"charset", "name", "content"},
    "body": {"class", "style"},
    "div": {"lang", "class", "style"},  # lang once more: Gmail drops the html element
    "table": {"role", "width", "cellpadding", "cellspacing", "border", "bgcolor", "class", "style", "align"},
    "tr": {"valign"},
    "td": {"align", "valign", "height", "bgcolor", "class", "style"},
    "th": {"scope", "align", "valign", "width", "class", "style"},
    "h1": {"style"},
    "h2": {"style"},
    "p": {"class", "style"},
    "ul": {"style"},
    "li": {"style"},
    "span": {"class", "style"},
    "a": {"href", "class", "style"},
}

PROPERTIES: dict[str, str] = {
    "background-color": EVERYWHERE,
    "border-left": EVERYWHERE,
    "border-top": EVERYWHERE,
    "color": EVERYWHERE,
    "font-family": EVERYWHERE,
    "font-size": EVERYWHERE,
    "font-weight": EVERYWHERE,
    "line-height": EVERYWHERE,
    "margin": EVERYWHERE,
    "padding": EVERYWHERE,
    "text-decoration": EVERYWHERE,
    # Lost in some of them; what then happens is why each may be used all the same.
    "border-radius": "not Outlook: corners are square",
    "display": "Outlook knows `none` alone: a cell is padded for its button, a link ends its line by <br>",
    "max-height": "not Outlook: mso-hide hides the preheader",
    "overflow": "not Outlook: mso-hide hides the preheader",
    "max-width": "not Outlook: a table of 600 px that only Outlook sees stands around",
    "white-space": "not Outlook: a sum is broken in a very narrow window",
    "word-break": "not everywhere: a long address makes a narrow window scroll",
    "mso-hide": "Outlook only",
    "mso-padding-alt": "Outlook only",
}

CELLS_ONLY = {"padding": {"td", "th"}, "border-top": {"td", "th"}, "border-left": {"td", "th"}}
"""Where Outlook does what these say. A padded link beside that is for the others."""
PADDED_ELSEWHERE = {"a", "ul", "body"}
VALUES: dict[str, set[str]] = {
    "display": {"none", "block", "inline-block"},
    "font-weight": {"normal", "bold"},
    "white-space": {"nowrap"},
}
UNITS_REFUSED = ("em", "rem", "vw", "vh", "%", "calc(", "var(", "url(", "rgb", "hsl")
"""Outlook knows no rem, variables or gradients, and em is measured in odd ways: lengths are px, colours are #rrggbb."""
MAX_BORDER = 8
"""Outlook draws no wider border, in px."""
