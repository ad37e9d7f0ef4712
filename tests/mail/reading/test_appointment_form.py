"""The form `Beställningsordning`: recognised, read and written as people mail it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.people.scheme import ALWAYS, Scheme, SchemeEntry, SchemeKey
from mailbot.mail.reading.appointment_form import LABELS, TITLES, read_scheme, scheme_in, write_scheme
from mailbot.mail.reading.bodies import read_bodies

FORM = """\
Enhet: cs
Godkännare: Rut Rask
Från: 2026-03-02
Till: 2026-12-31
"""
RUT = {SchemeKey.APPROVER: "Rut Rask", SchemeKey.FROM: "2026-03-02", SchemeKey.TO: "2026-12-31"}


def read(text: str = FORM, subject: str = "Beställningsordning", html: str = "") -> Scheme:
    found = scheme_in(subject, read_bodies(text, html))
    assert found is not None
    return found


class TestWhatIsSuchAMail:
    @pytest.mark.parametrize(
        "subject",
        [
            "Beställningsordning",
            "  BESTÄLLNINGSORDNING ",
            "Besta\u0308llningsordning",
            "Beställningsordning för cs",
            "Beställningsordning, reviderad",
            "Sv: Re: beställningsordning: 2 saker att rätta",
            "VB: Beställningsordning",
            "Order scheme",
            "Re: Order scheme: 1 thing to fix",
            "Approver appointment",
            "Re: Approver appointment: 1 thing to fix",
        ],
    )
    def test_by_its_subject(self, subject: str) -> None:
        assert read(subject=subject).entries == (SchemeEntry(RUT),)

    @pytest.mark.parametrize(
        "first", ["Beställningsordning", "**Beställningsordning**", "# Order scheme", "\n\nBeställningsordning:"]
    )
    def test_by_its_first_line(self, first: str) -> None:
        assert read(f"{first}\n{FORM}", subject="Hej").entries == (SchemeEntry(RUT),)

    @pytest.mark.parametrize(
        ("subject", "text"),
        [
            ("Beställning", FORM),
            ("Beställningsordningen", FORM),
            ("Fråga om beställningsordning", FORM),
            ("", "Hej!\nBeställningsordning\n" + FORM),
            ("", ""),
        ],
    )
    def test_others_are_not(self, subject: str, text: str) -> None:
        assert scheme_in(subject, read_bodies(text, "")) is None


class TestReading:
    def test_every_key_in_both_languages(self) -> None:
        for labels in LABELS.values():
            values: dict[SchemeKey, str] = {
                key: f"värde {number}" for number, key in enumerate(SchemeKey) if key is not SchemeKey.APPOINTER
            }
            scheme = read_scheme("\n".join(f"{labels[key]}: {value}" for key, value in values.items()))
            unit = values.pop(SchemeKey.UNIT)
            assert scheme == Scheme(unit, (SchemeEntry(values),), (unit,))

    def test_each_approver_begins_an_entry(self) -> None:
        scheme = read("Enhet: cs\nGodkännare: A\nFrån: 2026-01-01\n\nGodkännare: B\nUpphör: nu\nGodkännare: C\n")
        assert [e.fields for e in scheme.entries] == [
            {SchemeKey.APPROVER: "A", SchemeKey.FROM: "2026-01-01"},
            {SchemeKey.APPROVER: "B", SchemeKey.ENDS: "nu"},
            {SchemeKey.APPROVER: "C"},
        ]

    def test_an_appointer_begins_an_entry_too(self) -> None:
        scheme = read("Enhet: cs\nGodkännare: A\nOmbud: B\nTill: 2026-12-31\n")
        assert [e.fields for e in scheme.entries] == [
            {SchemeKey.APPROVER: "A"},
            {SchemeKey.APPOINTER: "B", SchemeKey.TO: "2026-12-31"},
        ]
        assert read_scheme(write_scheme(scheme, "sv", ALWAYS)) == scheme

    def test_what_stands_before_the_first_approver_is_for_all(self) -> None:
        scheme = read("Från: 2026-01-01\nGodkännare: A\nGodkännare: B\nFrån: 2026-02-01\nEnhet: cs\n")
        assert [e.fields[SchemeKey.FROM] for e in scheme.entries] == ["2026-01-01", "2026-02-01"]
        assert scheme.unit == "cs"

    @pytest.mark.parametrize("shared", ["Från: 2026-01-01", "Till: 2027-12-31\nTill: 2028-12-31", "Grund: beslut 7"])
    def test_what_is_for_all_is_no_part_of_an_ending(self, shared: str) -> None:
        scheme = read(f"{shared}\nGodkännare: A\n\nGodkännare: B\nUpphör: nu\n")
        assert scheme.entries[1] == SchemeEntry({SchemeKey.APPROVER: "B", SchemeKey.ENDS: "nu"})
        assert len(scheme.entries[0].fields) == 2

    def test_an_ending_for_all_ends_each(self) -> None:
        scheme = read("Upphör: nu\nGodkännare: A\nGodkännare: B\n")
        assert [e.fields[SchemeKey.ENDS] for e in scheme.entries] == ["nu", "nu"]

    def test_a_minus_sign_stays(self) -> None:
        assert read("Godkännare: A\nBeloppsgräns: -500 000 kr\n").entries[0].fields[SchemeKey.LIMIT] == "-500 000 kr"

    @pytest.mark.parametrize(
        "text",
        [
            "**Enhet:** cs\n**Godkännare:** Rut Rask\n*Från*: 2026-03-02\nTill : 2026-12-31",
            "- enhet: cs\n- GODKÄNNARE: Rut Rask\n- från: 2026-03-02\n- till: 2026-12-31",
            "Enhet:\u00a0cs\nGodka\u0308nnare:\u00a0Rut Rask\nFrån:\t2026-03-02\nTill:  2026-12-31",
            "Enhet\tcs\nGodkännare\tRut Rask\nFrån\t2026-03-02\nTill\t2026-12-31",
            "| Enhet | cs |\n| Godkännare | Rut Rask |\n| Från | 2026-03-02 |\n| Till | 2026-12-31 |",
            "Enhet:\ncs\nGodkännare:\nRut Rask\nFrån:\n2026-03-02\nTill:\n2026-12-31",
            FORM + "\n-- \nHedvig Hall\nTill: 2031-01-01\n",
            FORM.replace("\n", "\r\n"),
        ],
        ids=["bold", "bullets", "odd spaces", "tabs", "table", "next line", "signature", "crlf"],
    )
    def test_tolerates_how_mail_programs_write(self, text: str) -> None:
        scheme = read(text)
        assert (scheme.unit, scheme.entries) == ("cs", (SchemeEntry(RUT),))

    def test_reads_an_html_table(self) -> None:
        rows = "".join(f"<tr><td><b>{line.replace(': ', '</b></td><td>')}</td></tr>" for line in FORM.splitlines())
        scheme = read("", html=f"<html><body><table>{rows}</table></body></html>")
        assert (scheme.unit, scheme.entries) == ("cs", (SchemeEntry(RUT),))

    def test_an_empty_key_gives_nothing(self) -> None:
        scheme = read("Enhet: cs\nGodkännare: A\nFrån:\nTill:\nUpphör:\n\nMvh\nHedvig")
        assert scheme.entries == (SchemeEntry({SchemeKey.APPROVER: "A"}),)
        assert scheme.notes == ("Mvh", "Hedvig")

    def test_a_key_given_twice_with_different_values_is_a_conflict(self) -> None:
        assert read(FORM + "Till: 2027-12-31").entries[0].conflicts == (SchemeKey.TO,)
        assert read(FORM + "Till: 2026-12-31").entries[0].conflicts == ()
        assert read(FORM + "Enhet: umf").units == ("cs", "umf")

    def test_a_text_and_an_html_that_name_different_people_are_a_conflict(self) -> None:
        other = "<p>Enhet: cs<br>Godkännare: Nils Nord<br>Från: 2026-03-02<br>Till: 2026-12-31</p>"
        assert SchemeKey.APPROVER in read(html=other).entries[0].conflicts
        same = other.replace("Nils Nord", "Rut Rask")
        assert read(html=same).entries == (SchemeEntry(RUT),)

    def test_a_form_that_is_only_quoted_or_passed_on_is_marked(self) -> None:
        quoted = "Ja.\n\n" + "".join(f"> {line}\n" for line in FORM.splitlines())
        passed_on = f"Se nedan\n\n-----Ursprungligt meddelande-----\nFrån: Eva <eva@example.se>\n\n{FORM}"
        for text in (quoted, passed_on):
            assert read(text, subject="VB: Beställningsordning").forwarded, text

    @pytest.mark.parametrize("mark", ["<s>{}</s>", '<span style="text-decoration:line-through">{}</span>'])
    def test_lines_that_the_html_strikes_out_count_in_neither_body(self, mark: str) -> None:
        rows = [f"<p>{mark.format(x) if x.startswith('Till') else x}</p>" for x in FORM.splitlines()]
        for text in (FORM, ""):
            assert SchemeKey.TO not in read(text, html="".join(rows)).entries[0].fields

    def test_lines_that_the_html_quotes_are_quoted_in_the_text_too(self) -> None:
        quoted = FORM.replace("Rut Rask", "Nils Nord")
        page = FORM.replace("\n", "<br>") + "<blockquote>" + quoted.replace("\n", "<br>") + "</blockquote>"
        scheme = read(f"{FORM}\n{quoted}", html=page)
        assert (scheme.entries, scheme.forwarded) == ((SchemeEntry(RUT),), False)

    def test_ones_own_form_above_a_quoted_one_is_what_counts(self) -> None:
        quoted = "".join(f"> {line}\n" for line in FORM.replace("Rut Rask", "Nils Nord").splitlines())
        scheme = read(f"{FORM}\nDen mån 2 mars 2026 kl 10:00 skrev mailbot <order@inkop.example.se>:\n{quoted}")
        assert (scheme.entries, scheme.forwarded) == ((SchemeEntry(RUT),), False)

    @given(st.text())
    def test_never_raises(self, text: str) -> None:
        scheme_in("Beställningsordning", read_bodies(text, ""))
        scheme_in("Order scheme", read_bodies(text, f"<p>{text}</p>"))

    def test_reads_no_more_than_it_must(self) -> None:
        scheme = read("Godkännare: " + "a" * 100_000 + "\nhej" * 10_000)
        assert len(scheme.entries[0].fields[SchemeKey.APPROVER]) <= 300
        assert len(scheme.notes) <= 30


class TestWriting:
    @pytest.mark.parametrize("language", ["sv", "en"])
    def test_what_is_written_is_read_again(self, language: str) -> None:
        scheme = Scheme(
            "cs", (SchemeEntry(RUT), SchemeEntry({SchemeKey.APPROVER: "Eva Ek", SchemeKey.ENDS: "nu"})), ("cs",)
        )
        written = write_scheme(scheme, language, ALWAYS)
        assert read(written, subject="") == scheme
        assert written.startswith(TITLES[language])

    def test_an_empty_form_has_the_keys_wanted(self) -> None:
        assert write_scheme(Scheme(), "sv", (*ALWAYS, SchemeKey.LIMIT)) == (
            "Beställningsordning\n\nEnhet:\n\nGodkännare:\nFrån:\nTill:\nUpphör:\nSista arbetsdag:\nBeloppsgräns:"
        )
