"""The words by which mail programs say that another mail begins, by language: data alone, read by `reply.py`.

A language is added by one line in each table, written in small letters. Where programs differ, all their words stand.
"""

from collections.abc import Iterator, Mapping
from enum import Enum


class QuotedHeader(Enum):
    """A line of a copied mail header, by what it names."""

    FROM = "from"
    DATE = "date"
    TO = "to"
    COPY = "copy"
    SUBJECT = "subject"
    OTHER = "other"


_LABELS: Mapping[QuotedHeader, Mapping[str, str]] = {
    QuotedHeader.FROM: {
        "sv": "från, avsändare",
        "nb": "fra, avsender",
        "nn": "frå",
        "da": "fra, afsender",
        "fi": "lähettäjä, keneltä",
        "en": "from, sender",
        "de": "von, absender",
        "fr": "de, expéditeur",
        "nl": "van, afzender",
        "is": "frá",
        "es": "de, remitente",
        "pt": "de, remetente",
        "it": "da, mittente",
        "pl": "od",
        "ru": "от",
    },
    QuotedHeader.DATE: {
        "sv": "skickat, skickades, datum",
        "nb": "sendt, dato",
        "nn": "sendt",
        "da": "sendt, dato",
        "fi": "lähetetty, päivämäärä, päiväys, pvm",
        "en": "sent, sent at, date",
        "de": "gesendet, gesendet am, datum",
        "fr": "envoyé, envoyé le, date, date d'envoi",
        "nl": "verzonden, verzonden op, verstuurd, datum",
        "is": "sent, dagsetning",
        "es": "enviado, enviado el, fecha",
        "pt": "enviado, enviada em, data",
        "it": "inviato, data",
        "pl": "wysłano, wysłane, data",
        "ru": "отправлено, дата",
    },
    QuotedHeader.TO: {
        "sv": "till, mottagare",
        "nb": "til, mottaker",
        "nn": "til",
        "da": "til, modtager",
        "fi": "vastaanottaja, kenelle",
        "en": "to",
        "de": "an, empfänger",
        "fr": "à, destinataire, pour",
        "nl": "aan",
        "is": "til",
        "es": "para",
        "pt": "para",
        "it": "a",
        "pl": "do",
        "ru": "кому",
    },
    QuotedHeader.COPY: {
        "sv": "kopia, kopia till, hemlig kopia",
        "nb": "kopi, kopi til, blindkopi",
        "nn": "kopi",
        "da": "cc, kopi til",
        "fi": "kopio, piilokopio",
        "en": "cc, bcc",
        "de": "kopie, kopie (cc), cc",
        "fr": "cc, cci, copie, copie à",
        "nl": "cc, kopie",
        "is": "afrit",
        "es": "cc, cco",
        "pt": "cc, cco",
        "it": "cc, ccn",
        "pl": "dw, cc",
        "ru": "копия",
    },
    QuotedHeader.SUBJECT: {
        "sv": "ämne, ärende, rubrik",
        "nb": "emne",
        "nn": "emne",
        "da": "emne",
        "fi": "aihe",
        "en": "subject",
        "de": "betreff",
        "fr": "objet, sujet",
        "nl": "onderwerp",
        "is": "efni",
        "es": "asunto",
        "pt": "assunto",
        "it": "oggetto",
        "pl": "temat",
        "ru": "тема",
    },
    QuotedHeader.OTHER: {
        "sv": "svara till, svar till, bifogade filer, bilagor, prioritet, vikt",
        "nb": "svar til, vedlegg, prioritet, viktighet",
        "da": "svar til, vedhæftede filer, vedhæftet fil, prioritet, vigtighed",
        "fi": "vastaus, liitteet, tärkeys",
        "en": "reply-to, attachments, importance, priority, organization, message-id",
        "de": "antwort an, anlagen, priorität, wichtigkeit",
        "fr": "répondre à, pièces jointes, importance",
        "nl": "antwoord aan, bijlagen, urgentie, prioriteit",
    },
}

_ORIGINAL: Mapping[str, tuple[str, str]] = {
    "sv": ("original, ursprungligt, det ursprungliga", "meddelande, meddelandet, mail, mejl, e-postmeddelande"),
    "nb": ("opprinnelig, original, den opprinnelige", "melding, meldingen, e-post"),
    "nn": ("opphavleg, opprinneleg", "melding"),
    "da": ("oprindelig, den oprindelige, original", "meddelelse, besked, mail, e-mail"),
    "fi": ("alkuperäinen", "viesti, sähköposti"),
    "en": ("original", "message, mail, email, e-mail, appointment"),
    "de": ("ursprüngliche, original, originale", "nachricht, mail, e-mail, email"),
    "fr": ("message, courriel, e-mail, mail", "d'origine, original, originel, initial"),
    "nl": ("oorspronkelijk, origineel", "bericht, e-mailbericht"),
    "es": ("mensaje", "original"),
    "pt": ("mensagem", "original"),
    "it": ("messaggio", "originale"),
    "pl": ("oryginalna, wiadomość", "wiadomość, oryginalna"),
}
"""A quoted mail, as two words: `Ursprüngliche Nachricht`."""

_FORWARDED: Mapping[str, tuple[str, str]] = {
    "sv": (
        "vidarebefordrat, vidarebefordrad, vidarebefordrade",
        "meddelande, brev, mail, mejl, e-post, e-postmeddelande",
    ),
    "nb": ("videresendt", "melding, e-post"),
    "nn": ("vidaresend, vidaresendt", "melding"),
    "da": ("videresendt", "besked, meddelelse, mail, e-mail, brev"),
    "fi": ("välitetty, edelleenlähetetty, edelleen lähetetty", "viesti, sähköposti"),
    "en": ("forwarded", "message, by, mail, email, e-mail"),
    "de": ("weitergeleitete, weitergeleiteten", "nachricht, mail, e-mail, email"),
    "fr": ("message, courriel, e-mail", "transféré, réexpédié"),
    "nl": ("doorgestuurd, doorgestuurde", "bericht, e-mail"),
    "es": ("mensaje", "reenviado"),
    "pt": ("mensagem", "encaminhada, reencaminhada"),
    "it": ("messaggio", "inoltrato"),
    "pl": ("przekazana, wiadomość", "wiadomość, przekazana"),
}
"""A forwarded mail, as two words: `Forwarded message`."""

_BEGINS: Mapping[str, str] = {
    "sv": "påbörja, påbörjat, börja, början på, början av",
    "nb": "begynnelse på, starten på, start på",
    "da": "start på, begynd, begyndelse på",
    "fi": "alkaa, aloita",
    "en": "begin, beginning of, start of",
    "de": "anfang der, beginn der, anfang, beginn",
    "fr": "début du, début de",
    "nl": "begin, begin van",
    "es": "inicio del",
    "it": "inizio",
}
"""What Apple's mail programs put before those words: `Anfang der weitergeleiteten Nachricht:`."""

_WROTE: Mapping[str, str] = {
    "sv": "skrev, skriver, citerar, citat",
    "nb": "skrev, skriver, sitat",
    "da": "skrev, skriver, citat",
    "fi": "kirjoitti, kirjoittaa, lainaus",
    "en": "wrote, writes, quoting",
    "de": "schrieb, schreibt, geschrieben, zitat",
    "fr": "écrit, écrivait",
    "nl": "schreef, schrijft, geschreven",
    "is": "skrifaði",
    "es": "escribió, escribio",
    "pt": "escreveu",
    "it": "scritto, scrisse",
    "pl": "napisał, napisała",
}
"""The verb of `On 3 March 2026 at 10:00, Eva Ek wrote:`."""

_BESIDE: Mapping[str, str] = {
    "sv": "den, kl, klockan, vid, av, från, via, följande, till, e, em, fm",
    "nb": "den, kl, klokken, av, fra, via, følgende, til",
    "da": "den, kl, klokken, af, fra, via, følgende, til",
    "fi": "klo, kello, na",
    "en": "on, at, am, pm, a, m, p, the, from, via, following, to, of, st, nd, rd, th",
    "de": "am, um, uhr, hat, von, der, vom, folgendes, zu, nachm, vorm",
    "fr": "le, à, a, de, du, la, h",
    "nl": "op, om, van, der, de, heeft, het, volgende, ten",
    "is": "þann",
    "es": "el, las, los",
    "pt": "em, às",
    "it": "il, alle, ha, ore, giorno",
    "pl": "dnia, w, dniu, o",
}
"""Small words beside the verb, the date and a name."""

_DAYS: Mapping[str, str] = {
    "sv": "måndag, mån, tisdag, tis, onsdag, ons, torsdag, tor, tors, fredag, fre, lördag, lör, söndag, sön",
    "nb": "mandag, man, tirsdag, tir, tirs, onsdag, torsdag, fredag, lørdag, lør, søndag, søn",
    "fi": "maanantai, ma, tiistai, ti, keskiviikko, ke, torstai, to, perjantai, pe, lauantai, la, sunnuntai, su",
    "en": "monday, mon, tuesday, tue, tues, wednesday, wed, thursday, thu, thurs, friday, fri, saturday, sat, "
    "sunday, sun",
    "de": "montag, mo, dienstag, di, mittwoch, mi, donnerstag, do, freitag, fr, samstag, sa, sonntag, so",
    "fr": "lundi, lun, mardi, mar, mercredi, mer, jeudi, jeu, vendredi, ven, samedi, sam, dimanche, dim",
    "nl": "maandag, dinsdag, woensdag, wo, donderdag, vrijdag, vr, zaterdag, za, zondag, zo",
}
_MONTHS: Mapping[str, str] = {
    "sv": "januari, jan, februari, feb, febr, mars, mar, april, apr, maj, juni, jun, juli, jul, augusti, aug, "
    "september, sep, sept, oktober, okt, november, nov, december, dec",
    "nb": "januar, februar, mai, august, desember, des",
    "da": "marts",
    "fi": "tammi, tammikuu, tammikuuta, tammik, helmi, helmikuu, helmikuuta, helmik, maalis, maaliskuu, maaliskuuta, "
    "maalisk, huhti, huhtikuu, huhtikuuta, huhtik, touko, toukokuu, toukokuuta, toukok, kesä, kesäkuu, kesäkuuta, "
    "kesäk, heinä, heinäkuu, heinäkuuta, heinäk, elo, elokuu, elokuuta, elok, syys, syyskuu, syyskuuta, syysk, loka, "
    "lokakuu, lokakuuta, lokak, marras, marraskuu, marraskuuta, marrask, joulu, joulukuu, joulukuuta, jouluk",
    "en": "january, february, march, may, june, july, october, oct",
    "de": "jänner, märz, mär, mrz, dezember, dez",
    "fr": "janvier, janv, février, févr, fév, avril, avr, juin, juillet, juil, août, septembre, octobre, novembre, "
    "décembre, déc",
    "nl": "maart, mrt, mei, augustus",
}
_ZONES = "cet, cest, gmt, utc, est, edt, pst, pdt, eet, eest"


def _words(text: str) -> Iterator[str]:
    return (word.strip() for word in text.split(","))


def _all(table: Mapping[str, str]) -> frozenset[str]:
    return frozenset(word for text in table.values() for word in _words(text))


def _phrases(table: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    for first, second in table.values():
        for one in _words(first):
            yield from (f"{one}{space}{other}" for other in _words(second) for space in (" ", ""))


LABELS: Mapping[str, QuotedHeader] = {
    word: part for part, table in _LABELS.items() for text in table.values() for word in _words(text)
}
"""The label of a header's line, without its colon, to what it names."""

MAILS: tuple[str, ...] = tuple(sorted({*_phrases(_ORIGINAL), *_phrases(_FORWARDED)}))
"""How a line begins that says that another mail follows."""

BEGINS: tuple[str, ...] = tuple(sorted((f"{word} " for word in _all(_BEGINS)), key=len, reverse=True))
"""What may stand before those, with the space behind it."""

WROTE = _all(_WROTE)
MONTHS = _all(_MONTHS)
DATE_WORDS = _all(_DAYS) | MONTHS
KNOWN_WORDS = WROTE | DATE_WORDS | _all(_BESIDE) | frozenset(_words(_ZONES))
"""All words of an attribution that are no name."""
