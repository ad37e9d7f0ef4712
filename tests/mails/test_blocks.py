"""A mail's template is run once; text and HTML say the same blocks, and only the HTML writer escapes."""

import pytest
from jinja2 import Template

from mailbot.mails.blocks import LAYOUTS, Block, Body, body_of
from mailbot.package_data import resource
from mailbot.presentation import Place, environment
from mailbot.preview.every_mail import ADDRESSES

HERE = Place("en", "Europe/Stockholm")
FRAME = Block("mail", ("A heading", "A preheader", ADDRESSES), {})


def macros(*, html: bool) -> set[str]:
    """Return the names of the blocks that a layout can write."""
    lines = (resource("templates") / LAYOUTS[html]).read_text("utf-8").splitlines()
    heads = (line.removeprefix("{% macro ").partition("(")[0] for line in lines if line.startswith("{% macro "))
    return {name for name in heads if not name.startswith("_")}


def template(inside: str, frame: str = "m.mail('A heading', 'A preheader', addresses)") -> Template:
    """Return a body template with this inside its frame."""
    return environment(*HERE, html=False).from_string(f"{{% call {frame} %}}{inside}{{% endcall %}}")


def test_both_layouts_write_the_same_blocks() -> None:
    assert macros(html=False) == macros(html=True)


def test_both_forms_say_what_one_run_of_the_template_said() -> None:
    runs = iter(["first", "second"])
    body = body_of(template("{{ m.p(asked()) }}"), {"addresses": ADDRESSES, "asked": lambda: next(runs)})
    assert "first" in body.write(HERE, html=False)
    assert "first" in body.write(HERE, html=True)
    assert next(runs) == "second"


def test_what_can_be_gone_through_once_is_said_in_both_forms() -> None:
    body = body_of(template("{{ m.bullets(texts) }}"), {"addresses": ADDRESSES, "texts": iter(["a pen", "a desk"])})
    assert all("a desk" in body.write(HERE, html=html) for html in (False, True))


def test_only_the_html_writer_escapes_and_it_escapes_everything() -> None:
    said = '5 < 6 & "seven"'
    body = Body(FRAME, [Block("p", (said,), {}), Block("button", ("Open", "https://x.example/?a=1&b=2"), {})])
    assert said in body.write(HERE, html=False)
    html = body.write(HERE, html=True)
    assert "5 &lt; 6 &amp; &#34;seven&#34;" in html
    assert 'href="https://x.example/?a=1&amp;b=2"' in html


def test_a_block_that_no_layout_knows_is_an_error() -> None:
    with pytest.raises(AttributeError, match="paragraph"):
        Body(FRAME, [Block("paragraph", ("x",), {})]).write(HERE, html=False)


@pytest.mark.parametrize("inside", ["Hello", "{{ m.p('x') }} Hello", "{{ addresses.bot }}"])
def test_text_outside_the_blocks_is_refused(inside: str) -> None:
    with pytest.raises(ValueError, match="outside its blocks"):
        body_of(template(inside), {"addresses": ADDRESSES})


def test_blocks_without_a_frame_are_refused() -> None:
    with pytest.raises(ValueError, match="no frame"):
        body_of(environment(*HERE, html=False).from_string("{{ m.p('x') }}"), {})
