"""The frame of the views in HTML: escaping, colours, the fragment and the page."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws._html_page import COLOURS, SHADES, fragment, joined, note, page, shown
from html_elements import parsed

SCHEMES = pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
# All characters, lone surrogates among them; those with a meaning in HTML are drawn more often.
anything = st.text(st.one_of(st.sampled_from("<>&\"'=/ \n\r\x00]!-\u202e\u200f"), st.characters()))
HOSTILE = [
    "<script>alert(1)</script>", "</style><script>alert(1)</script>", '" onfocus="alert(1)',
    "' onfocus='alert(1)", "]]>", "<![CDATA[", "<!--", "-->", "&lt;", "&#60;script&#62;", "<?php ?>",
    "javascript:alert(1)", "`", "$x$", "\\(x\\)",
]  # fmt: skip


def luminance(colour: str) -> float:
    """Return the relative luminance of *colour*, as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    darker, brighter = sorted((luminance(first), luminance(second)))
    return (brighter + 0.05) / (darker + 0.05)


@SCHEMES
def test_text_has_contrast_on_every_background(scheme: int) -> None:
    colours = {name: pair[scheme] for name, pair in COLOURS.items()}
    grounds = [colours["ground"], *(shade[scheme] for shade in SHADES)]
    assert min(contrast(colours["text"], ground) for ground in grounds) >= 4.5
    assert contrast(colours["quiet"], colours["ground"]) >= 4.5
    # WCAG asks for 3 to 1 for anything other than text.
    assert contrast(colours["bar"], colours["ground"]) >= 3
    assert contrast(colours["focus"], colours["ground"]) >= 3


@SCHEMES
def test_a_shade_differs_more_from_the_ground_than_the_one_before(scheme: int) -> None:
    ground = COLOURS["ground"][scheme]
    distances = [contrast(shade[scheme], ground) for shade in SHADES]
    assert distances[0] == 1
    steps = [after / before for before, after in pairwise(distances)]
    assert min(steps) > 1.05


def style() -> str:
    return parsed(fragment("")).find("style")[0].text


def test_both_schemes_have_every_variable() -> None:
    light, dark = re.split(r"@media \(prefers-color-scheme:dark\)", style())
    for scheme, text in enumerate((light, dark)):
        for name, pair in COLOURS.items():
            assert f"--{name}:{pair[scheme]};" in text
        for level, pair in enumerate(SHADES):
            assert f"--p{level}:{pair[scheme]};" in text
            assert f".cohere-aws .p{level}{{background:var(--p{level})}}" in dark
    used = set(re.findall(r"var\(--(\w+)\)", style()))
    assert used == {*COLOURS, *(f"p{level}" for level in range(len(SHADES)))}


def test_no_rule_applies_to_another_cell_of_a_notebook() -> None:
    rules = style().replace("@media (prefers-color-scheme:dark){", "")
    selectors = re.findall(r"([^{}]+)\{", rules)
    assert len(selectors) > 20
    for selector in selectors:
        for part in selector.strip().split(","):
            assert re.match(r"\.cohere-aws( |$)", part.strip()), part


def test_the_style_loads_nothing() -> None:
    assert not re.search(r"url|import|http|//|expression|<", style())
    assert style().count("{") == style().count("}")


def visible(text: str) -> str:
    """Return *text* as a reader sees it, by the rules in plain words."""
    found = []
    for character in text:
        code = ord(character)
        if code < 32 and character not in "\t\n":
            found.append(chr(0x2400 + code))  # Unicode has a picture of each control character
        elif code == 127:
            found.append("\u2421")
        elif (
            0x80 <= code < 0xA0
            or character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        ):
            found.append(f"\\u{code:04x}")
        elif 0xD800 <= code < 0xE000:
            found.append("\ufffd")
        else:
            found.append(character)
    return "".join(found)


@given(anything)
def test_any_text_stays_text(text: str) -> None:
    html = f'<p title="{shown(text)}">{shown(text)}</p>'
    html.encode()  # UTF-8 can write it
    assert len(parsed(html).children) == 1
    (paragraph,) = parsed(html).find("p")
    assert paragraph.attributes == {"title": visible(text)}
    assert paragraph.text == visible(text)
    assert [child for child in paragraph.children if not isinstance(child, str)] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    assert not set("<>\"'") & set(shown(text))
    view = f'<b title="{shown(text)}">{shown(text)}</b>'
    for html in (fragment(view), page(text, view)):
        (bold,) = parsed(html).find("b")
        assert (bold.text, bold.attributes["title"]) == (text, text)
    (title,) = parsed(page(text, view)).find("title")
    assert title.text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x00\r\x1b\x7f", "\u2400\u240d\u241b\u2421"),
        ("\x85", r"\u0085"),
        ("\ud800\udfff", "\ufffd\ufffd"),
        ("a\u202eb\u2069", r"a\u202eb\u2069"),
        ("\u05d0\u200f\u061c\u200e", "\u05d0\u200f\u061c\u200e"),
        ("\U0001f600", "\U0001f600"),
    ],
)
def test_what_cannot_be_seen_has_a_sign(text: str, expected: str) -> None:
    assert shown(text) == expected == visible(text)


def test_long_text_is_cut() -> None:
    assert shown("abcd", 4) == "abcd"
    assert shown("abcde", 4) == "abcd\u2026"
    assert shown("<<", 1) == "&lt;\u2026"  # cut before it is escaped
    assert len(shown("a" * 1_000_000)) == 100_001


def test_a_line_of_facts() -> None:
    assert joined([]) == joined([""]) == ""
    assert joined(["a", "", "<b>"]) == '<div class="facts">a \u00b7 &lt;b&gt;</div>'


def test_a_note() -> None:
    assert note(0, "token") == note(-3, "token") == ""
    assert (
        note(98_000, "token") == '<div class="note">\u2026 and 98,000 more tokens, not shown</div>'
    )
    assert note(1, "token") == '<div class="note">\u2026 and 1 more token, not shown</div>'


def test_a_fragment_is_one_element_that_mathjax_leaves_alone() -> None:
    (root,) = parsed(fragment("<b>x</b>")).children
    assert root.classes == ["cohere-aws", "tex2jax_ignore", "mathjax_ignore"]
    assert root.attributes["dir"] == "ltr"
    assert [child.tag for child in root.children] == ["style", "b"]


def test_a_page_refuses_to_load_anything() -> None:
    html = page("Generation", "<b>x</b>")
    assert html.startswith("<!doctype html>\n<html")
    root = parsed(html)
    policies = [
        each.attributes["content"] for each in root.find("meta") if "http-equiv" in each.attributes
    ]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert root.find("meta")[0].attributes == {"charset": "utf-8"}
    assert [each.attributes for each in root.find("link")] == [{"rel": "icon", "href": "data:,"}]
    assert fragment("<b>x</b>") in html
    tags = {each.tag for each in root}
    assert tags == {"", "html", "head", "meta", "title", "link", "body", "div", "style", "b"}
