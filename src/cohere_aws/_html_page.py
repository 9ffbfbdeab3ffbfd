"""Put a view into a notebook or a page: escaped text, style and colours.

``fragment`` returns a part of a page, for notebooks, and ``page`` a whole page. Both are
self-contained: they have no script, and a browser loads nothing for them.

* Each view passes all text through ``shown``. Its result cannot end an attribute, begin an element,
  or change the direction of the text after it.
* Each rule of the style begins with the class ``cohere-aws``, because the style of one cell of a
  notebook applies to all cells. Tables set their own background and alignment, because JupyterLab
  has rules for all tables.
* Each colour has a value for light and one for dark. The contrast of text is at least 4.5 to 1.
"""

from __future__ import annotations

from html import escape

__all__ = ["COLOURS", "SHADES", "fragment", "joined", "note", "page", "shown"]

# Each colour in light and in dark.
COLOURS = {
    "ground": ("#ffffff", "#1c1f24"),
    "text": ("#1f2328", "#f0f3f6"),
    "quiet": ("#57606a", "#a3adb8"),  # text of labels
    "line": ("#d0d7de", "#3d444d"),
    "focus": ("#0969da", "#6cb6ff"),
    "bar": ("#d9600f", "#d9731f"),
}

# The backgrounds of tokens, from the most likely to the least likely. They have one hue, and their
# brightness changes steadily, so that the order is visible without colours.
SHADES = (
    ("#ffffff", "#1c1f24"),
    ("#fff3e0", "#2c251e"),
    ("#ffe7c4", "#3b2b1b"),
    ("#ffd9a3", "#4b3117"),
    ("#ffc97f", "#5b3714"),
    ("#ffb65c", "#6b3c11"),
    ("#ffa142", "#7c420e"),
    ("#fb8a2e", "#8d470b"),
    ("#f07320", "#9e4c09"),
)

# A tooltip is an attribute and not an element. Some sites, such as GitHub, remove the style of a
# notebook; an element would then be visible between the tokens. A tooltip begins at the left edge
# of the text and not at its token, so that the right edge of a cell does not cut it.
_RULES = """
.cohere-aws{background:var(--ground);color:var(--text);color-scheme:light dark;max-width:72rem;
 border:1px solid var(--line);border-radius:6px;padding:.8em 1em;font:14px/1.6 system-ui,sans-serif;
 text-align:left;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.cohere-aws .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(18rem,100%),1fr));
 gap:1.2em}
.cohere-aws .card{min-width:0;max-width:46rem}
.cohere-aws .cards .card:not(:only-child){border:1px solid var(--line);border-radius:6px;
 padding:.6em .8em}
.cohere-aws .head{font-weight:600;display:flex;flex-wrap:wrap;gap:.2em .5em;align-items:baseline}
.cohere-aws .facts,.cohere-aws .note,.cohere-aws .scale{color:var(--quiet);font-size:12px;
 margin-top:.6em}
.cohere-aws .word{border:1px solid var(--line);border-radius:9px;padding:0 .5em;color:var(--quiet);
 font-size:12px;font-weight:400}
.cohere-aws .text{position:relative;white-space:pre-wrap;overflow-wrap:anywhere;margin:.4em 0;
 text-align:start;unicode-bidi:plaintext}
.cohere-aws .t{border-radius:3px;padding:1px 0;cursor:default}
.cohere-aws .t:empty::before{content:"\\2205"}
.cohere-aws .n::before{content:"\\21b5"}
.cohere-aws .s{border:1px dashed var(--quiet);font:12px ui-monospace,monospace;padding:0 3px}
.cohere-aws .t:hover,.cohere-aws .t:focus{outline:2px solid var(--focus)}
.cohere-aws .t:hover::after,.cohere-aws .t:focus::after{content:attr(data-tip);position:absolute;
 left:0;margin-top:1.9em;z-index:9;pointer-events:none;background:var(--text);color:var(--ground);
 border-radius:4px;padding:.4em .7em;font:12px/1.5 ui-monospace,monospace;direction:ltr;
 white-space:pre-wrap;overflow-wrap:anywhere}
.cohere-aws .text:empty{display:none}
.cohere-aws .scale span{display:inline-block;color:var(--text);padding:0 .5em;border-radius:3px;
 border:1px solid var(--line);margin:0 2px 2px 0}
.cohere-aws .call{font:12px/1.6 ui-monospace,monospace;overflow-wrap:anywhere;margin-top:.4em}
.cohere-aws .table{border-collapse:collapse;table-layout:auto;width:100%;margin:.4em 0;
 font-size:13px}
.cohere-aws .table td,.cohere-aws .table th{background:var(--ground);color:var(--text);
 text-align:left;vertical-align:top;border:0;border-top:1px solid var(--line);
 padding:.3em .8em .3em 0;white-space:normal;overflow-wrap:anywhere;
 font-weight:400;line-height:1.6}
.cohere-aws .table th{color:var(--quiet);border:0;padding-top:0;white-space:nowrap;
 overflow-wrap:normal}
.cohere-aws .bars{width:30%;min-width:6rem}
.cohere-aws .bar{display:block;height:.8em;margin-top:.4em;border-radius:3px;background:var(--bar)}
.cohere-aws .table .number{width:1%;white-space:nowrap}
.cohere-aws .table .number,.cohere-aws .table .vector{font-variant-numeric:tabular-nums}
"""


def _variables(scheme: int) -> str:
    colours = {name: pair[scheme] for name, pair in COLOURS.items()}
    colours |= {f"p{level}": pair[scheme] for level, pair in enumerate(SHADES)}
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


_STYLE = (
    f".cohere-aws{{{_variables(0)}}}\n"
    f"@media (prefers-color-scheme:dark){{.cohere-aws{{{_variables(1)}}}}}"
    + _RULES
    + "".join(f".cohere-aws .p{i}{{background:var(--p{i})}}" for i in range(len(SHADES)))
)

# The policy is a second safeguard: the browser would run and load nothing even if text were not
# escaped. The empty icon prevents the request for /favicon.ico. The scroll bar is always visible:
# otherwise the tooltip of a token near the end of the page would add it, and all tokens would move.
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" \
content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>{title}</title><link rel="icon" href="data:,">
<style>html{{overflow-y:scroll}}</style></head>
<body>
{fragment}
</body></html>
"""

# Control characters become visible signs, and so do the controls of direction, which act on all
# text after them. The marks of direction U+200E, U+200F and U+061C stay: like a letter, such a mark
# acts on its own place only.
_UNSEEN = [*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_SIGNS = {
    **{code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n"},
    0x7F: "\u2421",
    **{code: f"\\u{code:04x}" for code in _UNSEEN},  # as repr() writes it in a tooltip
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),  # lone surrogates: UTF-8 cannot encode them
}


def shown(text: str, most: int = 100_000) -> str:
    """Return *text* as text of an element or of an attribute in double quotes.

    Text of more than *most* characters is cut, and ends in an ellipsis.
    """
    if len(text) > most:
        text = f"{text[:most]}\u2026"
    return escape(text.translate(_SIGNS))


def joined(facts: list[str]) -> str:
    """Return *facts* in one line, escaped; an empty string if there are none."""
    line = " \u00b7 ".join(shown(fact, 200) for fact in facts if fact)
    return f'<div class="facts">{line}</div>' if line else ""


def note(more: int, noun: str) -> str:
    """Return a note that *more* of *noun* are not shown; an empty string for 0 or less."""
    if more <= 0:
        return ""
    return f'<div class="note">\u2026 and {more:,} more {noun}{"s" * (more > 1)}, not shown</div>'


def fragment(view: str) -> str:
    """Return *view* for a notebook."""
    # Notebooks pass text between two $ to MathJax, but not inside the other two classes.
    classes = "cohere-aws tex2jax_ignore mathjax_ignore"
    return f'<div class="{classes}" dir="ltr"><style>{_STYLE}</style>{view}</div>'


def page(title: str, view: str) -> str:
    """Return a whole page with *view*."""
    return _PAGE.format(title=shown(title), fragment=fragment(view))
