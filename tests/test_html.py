"""The views of results in HTML: what they show, what they cut, and that all text stays text."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import (
    Client,
    Embeddings,
    EmbeddingsByType,
    Generation,
    Generations,
    Mode,
    Reranking,
    StreamingGenerations,
    TokenLikelihood,
    ToolUse,
    Usage,
)
from cohere_aws._html_page import SHADES
from html_elements import Element, parsed
from strategies import events
from test_html_page import HOSTILE, anything, visible

RIVER = [
    TokenLikelihood(" It", -0.1, id=7),
    TokenLikelihood(" flows", -1.5, alternatives=[TokenLikelihood(" runs", -1.0)]),
    TokenLikelihood("</s>", -12, id=2, special=True),
]


def view(result: Any) -> Element:
    """Return the elements of the view, which a notebook and a page have alike."""
    part = result._repr_html_()
    assert part in result.to_html()
    (root,) = parsed(part).children
    assert isinstance(root, Element)
    return root


def texts(root: Element, name: str) -> list[str]:
    return [each.text for each in root.find(name)]


def rows(root: Element) -> list[list[str]]:
    return [[cell.text for cell in row.find("td")] for row in root.find("tr")[1:]]


# --- One generation


def test_tokens_are_shaded_by_their_probability() -> None:
    root = view(Generation("It flows", RIVER, finish_reason="eos_token", likelihood=-4.53331234))
    tokens = root.find("t")
    assert [token.text for token in tokens] == [" It", " flows", "</s>"]
    assert [token.classes for token in tokens] == [["t", "p0"], ["t", "p4"], ["t", "p8", "s"]]
    assert {token.attributes["tabindex"] for token in tokens} == {"0"}
    assert texts(root, "word") == ["eos_token", "complete"]
    assert texts(root, "facts") == ["mean likelihood -4.5333"]
    assert root.find("title") == root.find("note") == []


def test_a_tooltip_has_the_token_and_its_alternatives() -> None:
    tips = [token.attributes["data-tip"] for token in view(Generation("", RIVER)).find("t")]
    assert tips == [
        "' It', id 7\nlikelihood -0.1, 90.48 %",
        "' flows'\nlikelihood -1.5, 22.31 %\nor ' runs': likelihood -1, 36.79 %",
        "'</s>', id 2, special\nlikelihood -12, below 0.01 %",
    ]


def test_a_tooltip_has_five_alternatives() -> None:
    others = [TokenLikelihood(str(i), -i) for i in range(7)]
    for count, last in ((5, "or '4': likelihood -4, 1.83 %"), (6, "and 1 more"), (7, "and 2 more")):
        (token,) = view(
            Generation("", [TokenLikelihood("a", -1, alternatives=others[:count])])
        ).find("t")
        assert (token.attributes["data-tip"] or "").split("\n")[-1] == last


@pytest.mark.parametrize(
    ("percent", "shade"),
    [(100, 0), (90.1, 0), (89.9, 1), (70.1, 1), (69.9, 2), (50.1, 2), (50, 2), (49.9, 3), (30.1, 3),
     (29.9, 4), (10.1, 4), (9.9, 5), (3.1, 5), (2.9, 6), (1.1, 6), (0.99, 7), (0.11, 7), (0.09, 8)],
)  # fmt: skip
def test_the_bounds_of_the_shades_are_those_of_the_scale(percent: float, shade: int) -> None:
    root = view(Generation("", [TokenLikelihood("a", math.log(percent / 100))]))
    assert root.find("t")[0].classes == ["t", f"p{shade}"]
    (scale,) = root.find("scale")
    steps = scale.find("span")
    assert [step.classes for step in steps] == [[f"p{i}"] for i in range(len(SHADES))]
    sign, bound = re.fullmatch(r"([<≥]) ([\d.]+) %", steps[shade].text).groups()  # type: ignore[union-attr]
    assert percent < float(bound) if sign == "<" else percent >= float(bound)
    if shade:
        assert percent < float(steps[shade - 1].text.strip("≥ %"))


@pytest.mark.parametrize(
    "likelihood", [0.01, 10**400, -(10**400), -1e308, 1e308, math.inf, -math.inf, math.nan]
)
def test_any_number_is_a_likelihood(likelihood: float) -> None:
    root = view(Generation("", [TokenLikelihood("a", likelihood)], likelihood=likelihood))
    assert len(root.find("t")) == 1


def test_a_percentage_has_two_decimals() -> None:
    tips = [
        view(Generation("", [TokenLikelihood("a", math.log(p))]))
        .find("t")[0]
        .attributes["data-tip"]
        for p in (0.0001, 0.000099)
    ]
    assert [str(tip).rpartition(", ")[2] for tip in tips] == ["0.01 %", "below 0.01 %"]


def test_a_token_without_a_likelihood_has_no_shade() -> None:
    root = view(Generation("a", [TokenLikelihood("a", None)]))
    (token,) = root.find("t")
    assert token.classes == ["t"]
    assert token.attributes["data-tip"] == "'a'\nlikelihood unknown"
    assert root.find("scale") == []


def test_a_new_line_is_marked() -> None:
    tokens = [TokenLikelihood(text, -1) for text in ("a", "\n", "b\n\n")]
    found = view(Generation("", tokens)).find("t")
    assert [token.classes[2:] for token in found] == [[], ["n"], ["n"]]
    assert [token.text for token in found] == ["a", "\n", "b\n\n"]


@pytest.mark.parametrize("tokens", [None, []])
def test_text_without_tokens_is_plain(tokens: list[TokenLikelihood] | None) -> None:
    root = view(Generation("It flows.\nAlways.", tokens))
    assert texts(root, "text") == ["It flows.\nAlways."]
    assert [each.tag for each in root if each.tag == "span"] == []
    assert root.find("text")[0].attributes["dir"] == "auto"


def test_a_finish_that_says_the_same_is_shown_once() -> None:
    assert texts(view(Generation("", finish_reason="COMPLETE")), "word") == ["COMPLETE"]
    assert texts(view(Generation("", finish_reason="length")), "word") == ["length", "max_tokens"]


def test_calls_of_tools_are_shown() -> None:
    calls = [ToolUse("1", "weather", {"city": "<Oslo>"})] * 22
    root = view(Generation("", tool_calls=calls))
    assert texts(root, "call") == ["weather {'city': '<Oslo>'}"] * 20
    assert texts(root, "note") == ["… and 2 more tool calls, not shown"]


def test_a_hundred_thousand_tokens_are_cut() -> None:
    generation = Generation("", [TokenLikelihood(" token", -1.0, id=1)] * 100_000)
    root = view(generation)
    assert len(root.find("t")) == 2_000
    assert texts(root, "note") == ["… and 98,000 more tokens, not shown"]
    assert len(generation.to_html()) < 300_000
    assert view(Generation("", generation.token_likelihoods[:2_000])).find("note") == []  # type: ignore[index]


def test_long_text_and_a_long_token_are_cut() -> None:
    root = view(Generation("a" * 50_001))
    assert texts(root, "text") == ["a" * 50_000 + "…"]
    assert texts(root, "note") == ["… and 1 more character, not shown"]
    others = [TokenLikelihood("c" * 80, -1), TokenLikelihood("c" * 81, -1)]
    root = view(Generation("", [TokenLikelihood("b" * 81, -1, alternatives=others)]))
    (token,) = root.find("t")
    assert token.text == "b" * 80 + "…"
    words = [line.partition(":")[0] for line in (token.attributes["data-tip"] or "").split("\n")]
    assert words[0] == f"'{'b' * 80}'…"
    assert words[2:] == [f"or '{'c' * 80}'", f"or '{'c' * 80}'…"]


# --- A whole answer


def test_generations_stand_side_by_side() -> None:
    answer = Generations(
        [Generation("It flows", RIVER, index=4, finish_reason="length"), Generation("Rivers", index=0), Generation("")],
        id="r-1", dialect="tgi", usage=Usage(1200, 5, 830, 120, cache_read_tokens=1, cache_write_tokens=2),
    )  # fmt: skip
    root = view(answer)
    (cards,) = root.find("cards")
    assert [card.find("title")[0].text for card in cards.find("card")] == [
        "Generation 4",
        "Generation 0",
        "Generation 2",
    ]
    assert len(root.find("scale")) == 1
    (facts,) = texts(root, "facts")
    assert facts.split(" · ") == [
        "1,200 tokens in", "5 tokens out", "1 read from a cache", "2 written to a cache",
        "120 ms to the first piece", "830 ms", "tgi", "r-1",
    ]  # fmt: skip


def test_one_generation_has_no_title() -> None:
    root = view(Generations([Generation("a", index=3)]))
    assert root.find("title") == root.find("facts") == root.find("scale") == []


def test_an_answer_without_generations() -> None:
    root = view(Generations([]))
    assert [each.tag for each in root] == ["div", "style", "div"]
    assert texts(root, "cards") == [""]


def test_the_prompt_is_shown() -> None:
    root = view(Generations([Generation("b")], prompt="Write <b>."))
    assert texts(root, "text") == ["Write <b>.", "b"]
    assert texts(root, "head")[0] == "Prompt"
    tokens = [TokenLikelihood("Write", None), TokenLikelihood(" it", -3)]
    root = view(Generations([Generation("b")], prompt_tokens=tokens))
    assert texts(root, "t") == ["Write", " it"]
    assert len(root.find("scale")) == 1


def test_texts_of_an_answer_share_its_limit() -> None:
    tokens = [TokenLikelihood("a", -1)] * 1_000
    root = view(Generations([Generation("", tokens)] * 4, prompt_tokens=tokens))
    assert len(root.find("t")) == 5 * 400
    assert texts(root, "note") == ["… and 600 more tokens, not shown"] * 5
    root = view(Generations([Generation("a")] * 14))
    assert len(root.find("card")) == 12
    assert texts(root, "note") == ["… and 2 more generations, not shown"]
    root = view(Generations([Generation("a" * 50_000)]))
    assert texts(root, "note") == ["… and 25,000 more characters, not shown"]


# --- A stream


def test_a_stream_has_a_view_at_any_time() -> None:
    items = [
        {"text": " It"},
        {"text": " flows"},
        {"is_finished": True, "finish_reason": "COMPLETE"},
    ]
    payloads = [json.dumps(item).encode() for item in items]
    stream = StreamingGenerations(events(payloads, Mode.BEDROCK), Mode.BEDROCK)
    assert texts(view(stream), "facts") == ["in progress"]
    found = []
    for piece in stream:
        root = view(stream)
        found.append((piece.text, texts(root, "text"), texts(root, "facts")))
    assert found == [
        (" It", [" It"], ["in progress · command"]),
        (" flows", [" It flows"], ["in progress · command"]),
    ]
    root = view(stream)
    assert (texts(root, "text"), texts(root, "word"), texts(root, "facts")) == (
        [" It flows"],
        ["COMPLETE"],
        ["command"],
    )
    assert "<title>StreamingGenerations</title>" in stream.to_html()


@pytest.mark.parametrize("likelihood", [math.nan, math.inf, -math.inf])
def test_a_likelihood_that_is_not_finite_is_unknown(likelihood: float) -> None:
    root = view(Generation("a", [TokenLikelihood("a", likelihood)], likelihood=likelihood))
    (token,) = root.find("t")
    assert token.classes == ["t"]
    assert token.attributes["data-tip"] == "'a'\nlikelihood unknown"
    assert not root.find("scale")
    assert not root.find("facts")


def test_a_stream_that_was_closed_is_not_in_progress() -> None:
    stream = StreamingGenerations(events([b'{"text": "a"}'] * 2, Mode.BEDROCK), Mode.BEDROCK)
    next(iter(stream))
    stream.close()
    expected = (["a"], ["incomplete · command"])
    assert (texts(view(stream), "text"), texts(view(stream), "facts")) == expected


def test_a_stream_of_tokens_is_shaded_as_it_comes() -> None:
    items = [
        {"index": i, "token": {"id": i, "text": text, "logprob": -1.5, "special": False}}
        for i, text in enumerate("ab")
    ]
    payloads = [f"data: {json.dumps(item)}\n\n".encode() for item in items]
    stream = StreamingGenerations(events(payloads, Mode.SAGEMAKER), Mode.SAGEMAKER)
    next(iter(stream))
    assert [(token.text, token.classes) for token in view(stream).find("t")] == [("a", ["t", "p4"])]
    stream.close()


# --- Reranking and vectors


def test_a_reranking_is_bars() -> None:
    results = [(1, 0.98765432), (0, 0.5), (2, 1.5), (3, -2)]
    body = {"results": [{"index": i, "relevance_score": score} for i, score in results], "id": "r"}
    documents = ["Bread", "A <river>", {"title": "Sea"}, {"text": "x" * 301}]
    root = view(Reranking(body, documents=documents, usage=Usage(3)))
    assert rows(root) == [
        ["1", "0.98765", "", "A <river>"],
        ["0", "0.5", "", "Bread"],
        ["2", "1.5", "", "{'title': 'Sea'}"],
        ["3", "-2", "", "x" * 300 + "…"],
    ]
    widths = [bar.attributes["style"] for bar in root.find("bar")]
    assert widths == ["width:98.8%", "width:50.0%", "width:100.0%", "width:0.0%"]
    assert texts(root, "facts") == ["4 results · 3 tokens in · r"]
    assert rows(view(Reranking(body)))[0] == ["1", "0.98765", "", ""]


def test_vectors_are_a_table() -> None:
    vectors = [[0.123456789, -2, 3, 4, 5, 6, 7], [1.0]]
    root = view(Embeddings(vectors, texts=["a <river>"], id="e", usage=Usage(2)))
    assert rows(root) == [
        ["0", "a <river>", "0.12346, -2, 3, 4, 5, 6, … (7 numbers)"],
        ["1", "", "1 (1 number)"],
    ]
    assert texts(root, "facts") == ["2 vectors · 2 tokens in · e"]


def test_vectors_by_type_are_a_table_of_the_most_precise() -> None:
    root = view(EmbeddingsByType({"int8": [[1, 2]], "float": [[0.5, 0.25]]}, texts=["a"]))
    assert rows(root) == [["0", "a", "0.5, 0.25 (2 numbers)"]]
    assert texts(root, "facts") == ["1 vector · int8, float"]


def test_vectors_of_an_unknown_type_are_shown_as_they_are() -> None:
    root = view(EmbeddingsByType({"<new>": ["<b>", [None, "<i>", 10**400]]}))
    assert [row[2] for row in rows(root)] == ["'<b>'", "None, '<i>', 1e+09 (3 numbers)"]
    assert texts(root, "facts") == ["2 vectors · <new>"]
    assert rows(view(EmbeddingsByType({}))) == []


def test_long_tables_are_cut() -> None:
    results = [{"index": i, "relevance_score": 0.5} for i in range(60)]
    for result, noun in (
        (Reranking({"results": results}), "results"),
        (Embeddings([[1.0]] * 60), "vectors"),
    ):
        root = view(result)
        assert len(rows(root)) == 50
        assert texts(root, "note") == [f"… and 10 more {noun}, not shown"]


# --- Safety

TAGS = {"div", "style", "span", "table", "tr", "td", "th"}
CLASSES = {"cohere-aws", "tex2jax_ignore", "mathjax_ignore", "cards", "card", "head", "title", "word", "text", "t",
           "s", "n", "scale", "facts", "note", "call", "number", "vector", "bars", "bar", "table", *(f"p{i}" for i in range(9))}  # fmt: skip
ATTRIBUTES = {
    "class": ".*",
    "dir": "ltr|auto",
    "colspan": "2",
    "tabindex": "0",
    "data-tip": "(?s:.*)",
    "style": r"width:\d+\.\d%",
}

likelihoods = st.none() | st.floats() | st.integers()
tokens = st.builds(TokenLikelihood, anything, likelihoods, id=st.none() | st.integers(), special=st.none() | st.booleans(),
                   alternatives=st.none() | st.lists(st.builds(TokenLikelihood, anything, likelihoods), max_size=2))  # fmt: skip
generations = st.builds(
    Generation, anything, st.none() | st.lists(tokens, max_size=3), index=st.none() | st.integers(0),
    likelihood=likelihoods, finish_reason=st.none() | anything,
    tool_calls=st.none() | st.lists(st.builds(ToolUse, anything, anything, anything | st.dictionaries(anything, anything)), max_size=2),
)  # fmt: skip
answers = st.builds(
    Generations, st.lists(generations, max_size=3), id=st.none() | anything, prompt=st.none() | anything,
    prompt_tokens=st.none() | st.lists(tokens, max_size=2), dialect=anything, usage=st.none() | st.builds(Usage, st.integers(0)),
)  # fmt: skip
rerankings = st.builds(
    lambda scores, text, key, id_: Reranking({"results": [{"index": i, "relevance_score": s} for i, s in enumerate(scores)], "id": id_}, documents=[{key: text}] * len(scores)),
    st.lists(st.floats(allow_nan=False, allow_infinity=False)), anything, st.just("text") | anything, anything,
)  # fmt: skip
embeddings = st.builds(
    Embeddings,
    st.lists(st.lists(st.floats(allow_nan=False), max_size=8), max_size=3),
    texts=st.lists(anything, max_size=3),
    id=anything,
)
by_type = st.builds(
    EmbeddingsByType,
    st.dictionaries(anything, st.lists(anything | st.lists(anything, max_size=8))),
    texts=st.lists(anything, max_size=3),
)


@given(st.one_of(generations, answers, rerankings, embeddings, by_type))
def test_no_text_becomes_an_element_or_an_attribute(result: Any) -> None:
    root = view(result)
    result.to_html().encode()  # UTF-8 can write it
    for element in root:
        assert element.tag in TAGS
        assert set(element.classes) <= CLASSES
        for name, value in element.attributes.items():
            assert re.fullmatch(ATTRIBUTES[name], value or "")
        if element.tag != "style":
            assert all(
                visible(child) == child for child in element.children if isinstance(child, str)
            )


@given(st.lists(tokens, max_size=3), anything)
def test_all_text_is_there(parts: list[TokenLikelihood], text: str) -> None:
    root = view(Generations([Generation("", parts), Generation(text)]))
    if parts:
        assert texts(root, "t") == [visible(part.token) for part in parts]
    assert texts(root, "text")[1] == visible(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_tokens_stay_tokens(text: str) -> None:
    other = TokenLikelihood(text, -1)
    (token,) = view(Generation("", [TokenLikelihood(text, -1, alternatives=[other])])).find("t")
    assert token.text == text
    lines = (token.attributes["data-tip"] or "").split("\n")
    assert (lines[0], lines[2]) == (repr(text), f"or {text!r}: likelihood -1, 36.79 %")


def test_direction_of_text_ends_with_the_text() -> None:
    tokens = [TokenLikelihood(text, -1) for text in ("\u202e", "abc", "\u05d0\u200f", "\u2066")]
    root = view(Generation("", tokens))
    assert texts(root, "t") == [r"\u202e", "abc", "\u05d0\u200f", r"\u2066"]
    assert (root.find("t")[0].attributes["data-tip"] or "").startswith("'\\u202e'")
    assert root.find("text")[0].attributes["dir"] == "auto"


def test_a_view_changes_nothing() -> None:
    generation = Generation("a", RIVER)
    before = (repr(generation), dict(vars(generation)))
    generation._repr_html_()
    assert (repr(generation), dict(vars(generation))) == before
    assert "to_html" not in generation.keys() | Generations([generation]).keys()


def test_nothing_imports_the_views_until_one_is_asked_for() -> None:
    code = (
        "import sys, cohere_aws; from cohere_aws import *;"
        "answer = Generations([Generation('a')]); repr(answer); Embeddings, Reranking;"
        "before = [name for name in sys.modules if 'cohere_aws._html' in name];"
        "answer.to_html(); print(before, 'cohere_aws._html' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout == "[] True\n"


def test_a_client_has_no_view() -> None:
    assert not hasattr(Client, "_repr_html_")
    assert not hasattr(TokenLikelihood, "_repr_html_")
