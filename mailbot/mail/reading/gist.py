"""What an answer comes to: a bare yes or no, thanks, a reaction, or words that say more. Data, then how it is matched.

Only a whole text means anything here, greeting and signature apart: "ok men varför två?" is words. Nothing in it
decides; the keywords that do, where that is switched on, are those of `decision.py`.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailbot.domain.values.order import Form
from mailbot.domain.values.text import fold


class Gist(StrEnum):
    """What the own text of an answer comes to."""

    NOTHING = "nothing"
    YES = "yes"
    NO = "no"
    THANKS = "thanks"
    REACTION = "reaction"
    WORDS = "words"


class _Polite(StrEnum):
    """What may stand around the rest and says nothing."""

    GREETING = "greeting"
    CLOSING = "closing"
    FILLER = "filler"


_Kind = Gist | _Polite

_PHRASES: dict[str, dict[_Kind, str]] = {
    "sv": {
        Gist.YES: """ok, okej, okey, oki, okidoki, helt ok, helt okej, ja, japp, jajamän, jajamensan, jadå, jo, jepp,
            absolut, självklart, visst, javisst, ja visst, kör, kör på, kör på det, kör på bara, kör bara,
            bara att köra, kör så det ryker, gör det, gör så, köp, köp den, köp dem, beställ, beställ den, beställ dem,
            godkänn, godkänner, godkänns, godkännes, godkänd, godkända, godkänt, beviljas, beviljat, beviljad, bifall,
            bifalls, bifalles, tillstyrks, tillstyrkes, tillstyrkt, attest, attesteras, attesterat, attesterad,
            accepteras, accepterat, accepterar, klartecken, grönt ljus, går bra, går fint, blir bra, ser bra ut,
            ser ok ut, ser fint ut, bra, jättebra, finemang, toppen, perfekt, utmärkt, inga invändningar,
            inget att invända, tumme upp, tummen upp""",
        Gist.NO: """nej, nejdå, nä, nix, nepp, avslå, avslår, avslås, avslag, avslaget, avslagen, nekas, nekad, nekat,
            nekar, underkänns, underkänd, underkänt, avböjes, avböjs, avvisas, avvisad, avvisat, stopp, stoppa,
            inte ok, inte okej, ej ok, ej godkänt, ej godkänd, inte godkänt, inte godkänd, godkänns inte, godkänns ej,
            godkänner inte, godkänner ej, går inte, går inte bra, köp inte, beställ inte, tumme ner, tummen ner""",
        Gist.THANKS: """tack, tackar, tack så mycket, tack så jättemycket, tackar så mycket, många tack, stort tack,
            ett stort tack, tusen tack, hjärtligt tack, tack ska du ha, tack skall du ha, tack för det,
            tack för hjälpen, tack för din hjälp, tack för svar, tack för svaret, tack för ditt svar,
            tack för snabbt svar, tack för det snabba svaret, tack för informationen, tack för infon, tack för info,
            tack för beskedet, tack för besked, tack för återkopplingen, tack på förhand, tack igen, noterat, noterar,
            uppfattat, mottaget, då vet jag, då vet vi""",
        _Polite.GREETING: "hej, hejsan, hallå, hej hej, god morgon, godmorgon, god dag, tjena, tja, hej igen",
        _Polite.CLOSING: """mvh, m v h, med vänlig hälsning, med vänliga hälsningar, vänlig hälsning,
            vänliga hälsningar, hälsning, hälsningar, bästa hälsningar, varma hälsningar, många hälsningar,
            allt gott, ha det, ha det bra, ha det gott, ha det fint, ha en bra dag, ha en fin dag, ha en bra helg,
            trevlig helg, trevlig dag, hej då, hejdå, vi hörs, vh""",
        _Polite.FILLER: """då, så, det, den, detta, denna, det här, den här, jag, vi, är, blir, härmed, av mig, för mig,
            för min del, från mig, från min sida, beställningen, ordern, köpet, inköpet""",
    },
    "en": {
        Gist.YES: """ok, okay, okey, k, kk, all ok, yes, yep, yeah, yup, sure, sure thing, of course, absolutely,
            definitely, approve, approved, approving, accept, accepted, agree, agreed, granted, confirmed, lgtm,
            looks good, look good, looks fine, looks ok, looks okay, good, good to go, all good, great, perfect,
            excellent, fine, that's fine, thats fine, go, go ahead, go for it, proceed, do it, buy it, order it,
            green light, no objections, no objection, thumbs up, +1""",
        Gist.NO: """no, nope, nah, no way, reject, rejected, rejecting, deny, denied, decline, declined, refuse,
            refused, disapprove, disapproved, not approved, do not approve, don't approve, dont approve, not ok,
            not okay, not accepted, turned down, stop, do not order, don't order, do not buy, don't buy, thumbs down,
            -1""",
        Gist.THANKS: """thanks, thank you, thank you so much, thank you very much, thanks a lot, thanks so much,
            thanks very much, thanks again, thank you again, many thanks, big thanks, thx, tnx, thnx, ty,
            thanks for that, thanks for this, thanks for your help, thank you for your help, thanks for the help,
            thanks for the info, thanks for the information, thank you for the information, thanks for the update,
            thanks for letting me know, thank you for letting me know, thanks for your reply, thanks in advance,
            much appreciated, appreciated, noted, got it, received, cheers""",
        _Polite.GREETING: "hello, hi, hey, dear, hi there, hello there, good morning, good afternoon, hi all",
        _Polite.CLOSING: """regards, best regards, kind regards, with kind regards, warm regards, best, all the best,
            best wishes, br, kr, rgds, sincerely, yours sincerely, yours, yours truly, have a nice day,
            have a good day, have a great day, have a nice weekend, bye""",
        _Polite.FILLER: """then, please, this, it, it's, i, we, is, hereby, order, the order, this order, the purchase,
            this purchase, from me, from my side, for my part, by me, to me, with me, for me""",
    },
    "no, da": {
        Gist.YES: """ja, ja tak, ja takk, godkjent, godkjenner, jeg godkjenner, godkjennes, godkendt, godkender,
            jeg godkender, godkendes, greit, helt greit, det er greit, i orden, det er i orden, fint, helt fint,
            kjør, kjør på, kør, kør på, ser bra ut, ser fint ud, selvfølgelig""",
        Gist.NO: """nei, nej, avslått, avslås, avvist, afvist, afvises, ikke godkjent, ikke godkendt, ikke ok""",
        Gist.THANKS: """takk, tak, tusen takk, tusind tak, mange takk, mange tak, takk for det, tak for det,
            takk for hjelpen, tak for hjælpen, takk for svar, tak for svaret, notert, noteret""",
        _Polite.GREETING: "hei, hej, god dag",
        _Polite.CLOSING: """hilsen, vennlig hilsen, med vennlig hilsen, mvh, venlig hilsen, med venlig hilsen,
            de bedste hilsner, ha en fin dag""",
    },
    "fi": {
        Gist.YES: "kyllä, joo, juu, hyväksytty, hyväksyn, hyväksytään, sopii, selvä, käy, ok",
        Gist.NO: "ei, hylätty, hylätään, hylkään, ei hyväksytä, en hyväksy",
        Gist.THANKS: "kiitos, kiitos paljon, paljon kiitoksia, kiitti, kiitos avusta, kiitos vastauksesta",
        _Polite.GREETING: "hei, moi, terve, hyvää päivää, hyvää huomenta",
        _Polite.CLOSING: "terveisin, ystävällisin terveisin, parhain terveisin, yst terv, t",
    },
    "de": {
        Gist.YES: """ja, jawohl, ja bitte, genehmigt, ich genehmige, freigegeben, einverstanden, in ordnung,
            passt, passt so, gerne, bestätigt, geht klar, alles klar""",
        Gist.NO: "nein, abgelehnt, ich lehne ab, nicht genehmigt, nicht einverstanden",
        Gist.THANKS: """danke, vielen dank, danke schön, dankeschön, danke sehr, besten dank, herzlichen dank,
            danke dir, danke ihnen, vielen dank für die hilfe, danke für die info""",
        _Polite.GREETING: "hallo, guten tag, guten morgen, moin, liebe, lieber",
        _Polite.CLOSING: """mit freundlichen grüßen, freundliche grüße, viele grüße, beste grüße, liebe grüße,
            mit freundlichen grüssen, viele grüsse, mfg, vg, lg, gruß, gruss""",
    },
}
"""What people write, by language: phrases between commas."""

_ADDING = {
    "sv": """även, också, dessutom, därtill, därutöver, utöver, ytterligare, lägg till, lägga till, lägger till,
        lägg även till, lägg också till, lägg gärna till, tillägg, tillkommer, komplettera, kompletterar, komplettering,
        samt, plus, fler, extra, glömde, missade, saknas, saknades, ta med, en till""",
    "en": """also, add, adding, added, addition, additional, additionally, besides, as well, plus, another, extra,
        forgot, missed, missing, along with, on top of""",
}
"""What says that lines come beside others, wherever it stands in a text, by language."""
_ADDING_AROUND = {"till", "till av", "too", "more", "+"}
"""What says so only before or behind the name of an article."""

_SIGNS: dict[_Kind, str] = {Gist.YES: "👍👌✅✔☑🆗🙆🤙", Gist.NO: "👎❌⛔🚫🛑🙅", Gist.THANKS: "🙏"}
"""Pictures that stand for a word; any other says nothing beside words, and is a reaction where it stands alone."""

_REACTED = (
    *("reagerade via gmail", "reacted via gmail", "reagerte via gmail", "reagerede via gmail", "reagoi gmailissa"),
    *("reagoi gmailin kautta", "hat über gmail reagiert", "hat via gmail reagiert", "a réagi via gmail"),
    *("reagerade med via gmail", "reacted with via gmail", "reagerade på ditt meddelande med"),
    *("reacted to your message with", "reagerade med på ditt meddelande", "reacted with to your message"),
    *("heeft gereageerd via gmail", "reagerade på ditt meddelande", "reacted to your message"),
    *("reagerte på meldingen din", "reagerede på din meddelelse", "reagoi viestiisi"),
    *("hat auf ihre nachricht reagiert", "hat auf deine nachricht reagiert", "a réagi à votre message"),
    *("heeft gereageerd op uw bericht", "heeft gereageerd op je bericht", "gillade ditt meddelande"),
    "liked your message",
)
"""How the mail ends that a mail program writes for somebody who pressed a reaction; a name stands before it."""

MAX_TEXT = 300
"""Letters of a text that may come to no more than a yes, a no or thanks."""
MAX_NAME = 3
"""Words of a name behind a phrase, as in "Tack Eva"."""
MAX_SIGNATURE = 15
"""Lines of a signature, blank ones apart."""
MAX_INITIALS = 2
LAST_ASCII = 0x7F
_ASKS = {"är", "is"}
"""What begins a question, with or without its mark."""

_SMILEY = re.compile(r"(?<![^\s.!,])[:;]-?[)(DPp](?!\w)")
_SENTENCE = re.compile(r"[.!;:…()\"”“|]+|\s[-–—/]+\s|[–—]")
_SIGNED = re.compile(r"(?:^|(?<=\s))//? ?(?=[^\W\d_])")
_TRIM = "*_~'’ \t\u00a0"


_KNOWN: dict[tuple[str, ...], _Kind] = {
    tuple(fold(phrase).split()): kind
    for kinds in _PHRASES.values()
    for kind, phrases in kinds.items()
    for phrase in phrases.split(",")
}
_LONGEST = max(map(len, _KNOWN))


_MORE = {tuple(fold(phrase).split()) for phrases in _ADDING.values() for phrase in phrases.split(",")}
_MORE_AROUND = _MORE | {tuple(phrase.split()) for phrase in _ADDING_AROUND}


def adds(form: Form, text: str, subject: str = "") -> bool:
    """Tell whether an answer's own text, or its subject, says that its lines come beside others, not in their place."""
    named = (_words_of(line.description) for line in form.lines)
    if any({words[:n], words[-n:]} & _MORE_AROUND for words in named for n in (1, 2)):
        return True
    if any(line.lstrip().startswith("+ ") for line in text.split("\n")):
        return True
    said = [*map(_words_of, (subject, *form.notes, *form.unread))]
    return any(x[n : n + length] in _MORE for x in said for n in range(len(x)) for length in (1, 2, 3))


def _words_of(text: str) -> tuple[str, ...]:
    return tuple(word.strip(_TRIM + ".,:;!?()-–") for word in fold(text).split())


@dataclass(frozen=True)
class AnswerText:
    """An answer's own `text` without its signature, and what it comes to."""

    text: str
    gist: Gist


NOTHING_SAID = AnswerText("", Gist.NOTHING)


def read_said(words: str, name: str = "", *, reacted: bool = False) -> AnswerText:
    """Read the own words of an answer; `name` is what its sender is called, `reacted` that a program says it reacts."""
    names = frozenset(fold(name).replace(".", " ").replace(",", " ").split())
    text = _without_signature(words.strip(), names)
    if reacted or _is_reaction(text):
        return AnswerText(text, Gist.REACTION)
    return AnswerText(text, _gist(text, names))


def _is_reaction(text: str) -> bool:
    """Tell whether a program wrote it for somebody who reacted, or it is nothing but pictures that are no word."""
    if len(text) > MAX_TEXT:
        return False
    bare = " ".join(fold(_without_pictures(text)).replace("<", " ").split())
    said = bare.partition(" http")[0].strip(" .:_-")
    if not said:
        return bool(text) and not any(sign in text for sign in _SIGNS[Gist.YES] + _SIGNS[Gist.NO] + _SIGNS[Gist.THANKS])
    phrase = next((phrase for phrase in _REACTED if said.endswith(phrase)), None)
    return phrase is not None and len(said.removesuffix(phrase).split()) <= 2 * MAX_NAME


def _gist(text: str, names: frozenset[str]) -> Gist:
    if not text:
        return Gist.NOTHING
    if len(text) > MAX_TEXT or "?" in text:
        return Gist.WORDS
    found: set[_Kind] = {kind for kind, signs in _SIGNS.items() if any(sign in text for sign in signs)}
    for sentence, goes_on in _sentences(_without_pictures(text)):
        kinds = _kinds(sentence, names, goes_on=goes_on)
        if kinds is None:
            return Gist.WORDS
        found |= kinds
    if Gist.YES in found and Gist.NO in found:
        return Gist.WORDS
    return next((gist for gist in (Gist.YES, Gist.NO, Gist.THANKS) if gist in found), Gist.WORDS)


def _without_pictures(text: str) -> str:
    """Return the text without pictures, and what changes their colour or joins them."""
    plain = (" " if unicodedata.category(c) in {"So", "Sk", "Mn", "Cf"} and ord(c) > LAST_ASCII else c for c in text)
    return _SMILEY.sub(" ", "".join(plain))


def _sentences(text: str) -> Iterator[tuple[list[str], bool]]:
    """Yield the words between marks, and whether they go on behind a comma."""
    for line in text.split("\n"):
        for sentence in _SENTENCE.split(line):
            for place, part in enumerate(sentence.split(",")):
                if words := [word for w in part.split() if (word := w.strip(_TRIM + "/"))]:
                    yield words, place > 0


def _kinds(words: Sequence[str], names: frozenset[str], *, goes_on: bool) -> set[_Kind] | None:
    """Return the kinds of the phrases that a sentence is made of; None where it says more."""
    folded = [fold(word) for word in words]
    found: set[_Kind] = set()
    place = 0
    if folded[0] in _ASKS:
        return None
    while place < len(words):
        height = next((n for n in range(_LONGEST, 0, -1) if tuple(folded[place : place + n]) in _KNOWN), 0)
        if height:
            found.add(_KNOWN[tuple(folded[place : place + height])])
            place += height
        elif _is_name(words[place:], names, after=goes_on or place > 0):
            break
        else:
            return None
    return found


def _is_name(words: Sequence[str], names: frozenset[str], *, after: bool) -> bool:
    """Tell whether the words are a name: the sender's, or `after` a phrase anybody's."""
    if all(fold(word) in names for word in words):
        return True
    return after and len(words) <= MAX_NAME and all(_is_capitalised(word) for word in words)


def _is_capitalised(word: str) -> bool:
    return word[0].isupper() and (len(word) <= MAX_INITIALS or not word.isupper())


def _without_signature(text: str, names: frozenset[str]) -> str:
    """Return the text above a closing such as "Mvh", "/Eva" or the sender's name on a line of its own.

    The closing of a text that goes on for more than a signature's length, or that asks something below it, is none.
    """
    lines = text.split("\n")
    written = [place for place, line in enumerate(lines) if line.strip()]
    for place in written[-MAX_SIGNATURE - 1 :]:
        if (kept := _before_closing(lines[place], names, first=not place)) is not None and not _asks(lines[place:]):
            return "\n".join([*lines[:place], kept]).strip("\n ")
    return text


def _before_closing(line: str, names: frozenset[str], *, first: bool) -> str | None:
    """Return what stands before a closing on its line; None where there is none."""
    signed = _SIGNED.search(line)
    if signed and _is_name(line[signed.end() :].replace(",", " ").split() or [" "], names, after=True):
        return line[: signed.start()].rstrip(" \t,")
    words = [word for w in line.split() if (word := w.strip(_TRIM + ".,!:-–"))]
    folded = [fold(word) for word in words]
    if words and not first and (all(w in names for w in folded) or _begins_with_name(line, names)):
        return ""
    closing = next((n for n in range(_LONGEST, 0, -1) if _KNOWN.get(tuple(folded[:n])) is _Polite.CLOSING), 0)
    rest = words[closing:]
    return "" if closing and (not rest or _is_name(rest, names, after=True)) else None


def _begins_with_name(line: str, names: frozenset[str]) -> bool:
    """Tell whether a line says a whole name and then, behind a mark, what its owner is."""
    name, mark, _ = re.sub(r"\s*[|,–—]\s*|\s+-\s+", "\n", line.strip(_TRIM), count=1).partition("\n")
    words = fold(name).split()
    return bool(mark) and len(words) > 1 and all(word in names for word in words)


def _asks(lines: Sequence[str]) -> bool:
    """Tell whether a signature says something that somebody should answer."""
    return any("?" in x.partition("http")[0] or fold(x.strip(_TRIM)).startswith(("ps", "p.s")) for x in lines)
