"""Streams of TGI and LMI, in each of their forms. All data is constructed."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import (
    CohereError,
    Generation,
    Generations,
    IncompleteStreamError,
    IncompleteStreamWarning,
    MalformedStreamError,
    Mode,
    ServiceError,
    StreamError,
    StreamingGenerations,
    StreamingText,
    TokenLikelihood,
    Usage,
)
from cohere_aws._dialects.tgi import Reader


def sse(*items: Any, space: str = " ") -> bytes:
    return b"".join(
        f"data:{space}{json.dumps(item, ensure_ascii=False)}\n\n".encode() for item in items
    )


def lines(*items: Any) -> bytes:
    return b"".join(f"{json.dumps(item, ensure_ascii=False)}\n".encode() for item in items)


def tgi(text: str, *, special: bool = False, **more: Any) -> dict[str, Any]:
    token = {"id": 5, "text": text, "logprob": -1.5, "special": special}
    return {"token": token, "generated_text": None, "details": None, **more}


def lmi(text: str, **more: Any) -> dict[str, Any]:
    return {"token": {"id": 5, "text": text, "log_prob": -1.5}, **more}


def vllm(index: int, text: str, whole: str | None = None, **details: Any) -> dict[str, Any]:
    token = {"id": 5, "text": text, "logprob": -1.5}
    shown = details or None
    return {"index": index, "token": token, "generated_text": whole, "details": shown}


def likelihood(text: str, *, special: bool | None = False, **more: Any) -> TokenLikelihood:
    return TokenLikelihood(text, -1.5, id=5, special=special, **more)


def stream_of(data: bytes, *, strict: bool = True, **options: Any) -> StreamingGenerations:
    events = [{"PayloadPart": {"Bytes": data}}]
    return StreamingGenerations(events, Mode.SAGEMAKER, strict=strict, **options)


DETAILS = {"finish_reason": "eos_token", "generated_tokens": 3, "seed": 42, "input_length": 7}
END = tgi("</s>", special=True, index=3, generated_text="a b", details=DETAILS)
TGI = [tgi(" a", index=1), tgi(" b", index=2), END]
ROLLING = [lmi(" a"), lmi(" b", generated_text=" a b", details={"finish_reason": "length"})]
OUTPUTS = [{"outputs": [" a"]}, {"outputs": [" b"]}]
CHOICES = [
    vllm(0, " a"),
    vllm(1, " c"),
    vllm(0, " b", " a c b", finish_reason="length", generated_tokens=3, input_length=7),
    vllm(1, " d", " a c b d", finish_reason="stop", generated_tokens=3, input_length=7),
]


def test_a_stream_of_tgi() -> None:
    stream = stream_of(sse(*TGI))
    pieces = list(stream)
    assert pieces == [(0, " a", False), (0, " b", False), (0, "", True)]
    tokens = [likelihood(" a"), likelihood(" b"), likelihood("</s>", special=True)]
    assert [piece.token for piece in pieces] == tokens
    generation = Generation("a b", tokens, index=0, finish_reason="eos_token", extra={"seed": 42})
    assert stream.generations == Generations([generation], usage=Usage(7, 3))
    assert (stream.dialect, stream.text, stream.finish_reason) == ("tgi", "a b", "eos_token")
    assert stream.other_items == []


@pytest.mark.parametrize(
    "data",
    [
        sse(*TGI, space=""),  # TGI before 2.1
        sse(*({key: each[key] for key in each if key != "index"} for each in TGI)),  # before 1.4
        b":\n\n" + sse(*TGI[:2]) + b":\n\n:\n\n" + sse(TGI[2]),  # comments that keep it open
        b"".join(b"event:response\n" + sse(each) for each in TGI),
    ],
)
def test_the_forms_of_tgi_read_alike(data: bytes) -> None:
    assert stream_of(data).read() == stream_of(sse(*TGI)).read()


def test_a_stream_of_tgi_without_details() -> None:
    stream = stream_of(sse(tgi("a"), tgi("", generated_text="")))
    assert stream.read() == Generations(
        [Generation("", [likelihood("a"), likelihood("")], index=0)]
    )
    assert stream.finish_reason is None


def test_alternatives() -> None:
    top = [tgi("a")["token"], tgi("b")["token"]]
    (piece,) = stream_of(sse(tgi("a", top_tokens=top, generated_text="a")))
    assert piece.token == likelihood("a", alternatives=[likelihood("a"), likelihood("b")])


def test_a_proven_prompt_is_not_part_of_the_text() -> None:
    last = tgi("</s>", special=True, generated_text="Is it? a")
    stream = stream_of(sse(tgi(" a"), last))
    assert (stream.read().text, stream.text, stream.prompt) == (" a", " a", "Is it?")


def test_a_stream_of_lmi() -> None:
    stream = stream_of(lines(*ROLLING))
    assert list(stream) == [(0, " a", False), (0, " b", True)]
    tokens = [likelihood(" a"), likelihood(" b")]
    generation = Generation(" a b", tokens, index=0, finish_reason="length")
    assert stream.generations == Generations([generation])


def test_lmi_leaves_out_fields_that_are_0_or_empty() -> None:
    items = [
        {"token": {"id": 5, "text": "a"}},
        {"token": {"id": [5], "text": "b", "log_prob": -1.5}},
        {"token": {"id": 2, "log_prob": -1.5, "special_token": True}, "generated_text": "ab"},
    ]
    stream = stream_of(lines(*items))
    assert list(stream) == [(0, "a", False), (0, "b", False), (0, "", True)]
    assert stream.read()[0].token_likelihoods == [
        TokenLikelihood("a", 0.0, id=5, special=False),
        likelihood("b"),
        TokenLikelihood("", -1.5, id=2, special=True),
    ]


def test_lmi_in_the_form_of_tgi() -> None:
    plain = {"token": {"id": 5, "text": " a", "logprob": -1.5}}
    marked = {"id": 2, "text": "", "logprob": -1.5, "special": True}
    last = {"token": marked, "generated_text": " a", "details": {"inputs": "Is it?"}}
    stream = stream_of(sse(plain) + b"data: \n" + sse(last))
    special = TokenLikelihood("", -1.5, id=2, special=True)
    expected = Generation(" a", [likelihood(" a"), special], index=0)
    assert stream.read() == Generations([expected], prompt="Is it?")


def test_lmi_with_vllm_has_the_index_of_the_generation() -> None:
    stream = stream_of(lines(*CHOICES) + b"\n\n")
    pieces = list(stream)
    assert [tuple(each) for each in pieces] == [
        (0, " a", False),
        (1, " c", False),
        (0, " b", True),
        (1, " d", True),
    ]
    assert pieces[0].token == likelihood(" a", special=None)
    assert [(each.text, each.index, each.finish) for each in stream.read()] == [
        (" a b", 0, "max_tokens"),
        (" c d", 1, "complete"),
    ]
    assert stream.usage == Usage(7, 4)
    assert stream.finish_reason == "stop"
    assert stream.other_items == CHOICES[2:]  # their generated_text has the other pieces, too


def test_a_generation_of_vllm_may_begin_after_another_has_ended() -> None:
    items = [vllm(0, "a", "a"), vllm(1, "b"), vllm(1, "c", "abc")]
    assert [each.text for each in stream_of(lines(*items)).read()] == ["a", "bc"]


def test_outputs_end_with_the_stream() -> None:
    stream = stream_of(lines(*OUTPUTS))
    assert list(stream) == [(0, " a", False), (0, " b", False)]
    assert stream.generations == Generations([Generation(" a b", index=0)])
    assert stream.finish_reason is None


def test_outputs_of_several_prompts() -> None:
    stream = stream_of(lines({"outputs": ["a", "b"]}, {"outputs": ["c", ""], "new": 5}))
    assert list(stream) == [(0, "a", False), (1, "b", False), (0, "c", False), (1, "", False)]
    assert [each.text for each in stream.read()] == ["ac", "b"]
    assert stream.other_items == [{"outputs": ["c", ""], "new": 5}]


def test_empty_outputs_are_kept() -> None:
    stream = stream_of(lines(OUTPUTS[0], {"outputs": []}))
    assert stream.read().text == " a"
    assert stream.other_items == [{"outputs": []}]


@pytest.mark.parametrize("is_list", [False, True])
def test_one_object_that_grows(*, is_list: bool) -> None:
    body: Any = {"generated_text": "a b", "details": {"finish_reason": "length", "inputs": "Is"}}
    stream = stream_of(json.dumps([body] if is_list else body).encode())
    assert list(stream) == [(0, "a b", True)]
    assert stream.text == stream.read().text == "a b"
    assert (stream.finish_reason, stream.prompt) == ("length", "Is")


def test_a_plain_body_after_pieces_is_the_answer() -> None:
    stream = stream_of(lines(lmi("a"), {"generated_text": "a b"}))
    assert list(stream) == [(0, "a", False)]
    assert stream.read() == Generations([Generation("a b", index=0)])


@pytest.mark.parametrize("data", [sse(*TGI[:2]), lines(ROLLING[0]), lines(*CHOICES[:3])])
def test_a_stream_without_its_generated_text_was_cut_off(data: bytes) -> None:
    with pytest.raises(IncompleteStreamError) as caught:
        stream_of(data).read()
    assert caught.value.partial is not None
    assert caught.value.partial.text.startswith(" a")
    stream = stream_of(data, strict=False)
    with pytest.warns(IncompleteStreamWarning):
        stream.read()
    assert stream.finish_reason is None
    assert stream.text.startswith(" a")


def test_the_text_so_far() -> None:
    reader = Reader()
    assert reader.text() == ""
    assert reader.generations() == Generations([])
    reader.read(tgi("a"))
    assert reader.text() == "a"
    tokens = [likelihood("a")]
    assert reader.generations() == Generations([Generation("a", tokens, index=0)])
    assert not reader.last_item_read
    assert not reader.may_end


@pytest.mark.parametrize(
    "item",
    [
        tgi("b", new=5),
        tgi("b", details={"new": 5}),
        {"new": 5},
        {"message": None},
    ],
)
def test_items_with_unread_fields_are_kept(item: dict[str, Any]) -> None:
    stream = stream_of(sse(tgi("a"), item, tgi("c", generated_text="abc")))
    stream.read()
    assert stream.other_items == [item]


def test_unread_fields_of_the_last_item_are_in_extra() -> None:
    (generation,) = stream_of(sse(tgi("a", generated_text="a", details={"x": 1}, new=2))).read()
    assert generation.extra == {"x": 1, "new": 2}


@pytest.mark.parametrize(
    "item",
    [*TGI, OUTPUTS[0], {"new": 5}, {"generated_text": "a"}, [{"generated_text": "a"}]],
)
@pytest.mark.parametrize("last", [END, {"generated_text": "a"}])
def test_an_item_after_the_last_one(item: Any, last: dict[str, Any]) -> None:
    reader = Reader()
    reader.read(last)
    with pytest.raises(StreamError, match=r"^the last item came before, and this one has "):
        reader.read(item)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"token": "secret"}, "token is a string; expected an object"),
        ({"token": {"id": "secret"}}, "token.id is a string; expected an integer of 0 or more"),
        ({**vllm(0, "a"), "index": -1}, "index is below 0; expected an integer of 0 or more"),
        ({"outputs": "secret"}, "outputs is a string; expected an array"),
        ({"outputs": ["a", 5]}, "outputs[1] is a number; expected a string"),
        ({"generated_text": 5}, "generated_text is a number; expected a string"),
        (tgi("a", top_tokens=5), "top_tokens is a number; expected an array"),
        (tgi("a", generated_text=5), "generated_text is a number; expected a string"),
        (tgi("a", generated_text="a", details=5), "details is a number; expected an object"),
    ],
)
def test_items_of_the_wrong_types(item: dict[str, Any], message: str) -> None:
    with pytest.raises(MalformedStreamError) as caught:
        stream_of(lines(tgi("first"), item)).read()
    assert str(caught.value) == f"item 1: {message}"
    assert caught.value.partial is not None
    assert caught.value.partial.text.startswith("first")


def failed(*items: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        stream_of(lines(*items)).read()
    return caught.value


def test_the_first_of_two_errors_is_the_cause() -> None:
    error = failed(
        {"error": "`best_of` != 1 is not supported", "error_type": "validation"},
        {"error": "Incomplete generation stream", "error_type": "incomplete_generation_stream"},
    )
    assert error.message == "validation: `best_of` != 1 is not supported"
    assert (error.code, error.http_status, error.retryable) == ("validation", 422, False)


@pytest.mark.parametrize(
    ("item", "code", "status", "words"),
    [
        ({"error": "m", "error_type": "generation"}, "generation", 424, "m"),
        ({"error": "m", "error_type": "overloaded"}, "overloaded", 429, "m"),
        ({"error": "m", "error_type": "incomplete_generation_stream"}, "incomplete_generation_stream", 500, "m"),
        ({"code": 500, "error": "m"}, None, 500, "m"),  # LMI 0.23
        ({"error": "m", "code": 424}, None, 424, "m"),  # LMI 0.29
        ({"error": {"message": "m", "type": "InternalServerError", "code": 500}}, "InternalServerError", 500, "m"),
        ({"code": 500, "message": "Batch inference failed", "properties": {}}, None, 500, "Batch inference failed"),
        (lmi("", generated_text="a", details={"finish_reason": "error"}), None, 424, "the answer ended with the finish_reason error"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", [[], [lmi("a")]])
def test_errors_inside_a_stream(
    item: dict[str, Any], code: str | None, status: int, words: str, before: list[Any]
) -> None:
    error = failed(*before, item)
    assert error.message == f"{code or 'an error without a code'}: {words}"
    assert (error.code, error.http_status, error.retryable) == (code, status, True)
    assert error.partial is not None
    assert error.partial.text == ("a" if before or "generated_text" in item else "")


@pytest.mark.parametrize("before", [[], [lmi("a")]])
def test_an_error_in_a_plain_body(before: list[Any]) -> None:
    body = {"generated_text": "a", "details": {"finish_reason": "error"}}
    for item in (body, [body], {"generated_text": "a", "error": "m"}):
        error = failed(*before, item)
        assert error.partial is not None
        assert error.partial.text == "a"
    reader = Reader()
    with pytest.raises(ServiceError):
        reader.read([{"error": "m"}])
    assert reader.other_items == [[{"error": "m"}]]
    assert reader.text() == ""


def test_an_error_after_the_end() -> None:
    error = failed(*TGI, {"error": "m", "error_type": "generation"})
    assert error.partial is not None
    assert error.partial.text == "a b"


def test_an_error_beside_a_token() -> None:
    assert failed({**lmi("a"), "error": "m"}).message == "an error without a code: m"
    assert failed({**lmi("a"), "err": "m"}).message == "an error without a code: m"


texts = st.text(st.sampled_from('ab "\\{}[]:\né€😀\u2028'), max_size=6)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Draw a stream of TGI, or of LMI in one of its forms, perhaps cut off or with an error."""
    words = draw(st.lists(texts, min_size=1, max_size=4))
    whole, details = "".join(words), draw(st.none() | st.just(DETAILS))
    form = draw(st.sampled_from(["tgi", "lmi", "vllm", "outputs", "body"]))
    items: list[Any] = [{"tgi": tgi, "lmi": lmi}.get(form, tgi)(word) for word in words]
    if form == "vllm":
        items = [vllm(i % 2, word) for i, word in enumerate(words)]
        items += [vllm(i, "", whole) for i in range(min(2, len(words)))]
    elif form == "outputs":
        items = [{"outputs": [word]} for word in words]
    elif form == "body":
        items = [[{"generated_text": whole, "details": details}]]
    else:
        items[-1] = {**items[-1], "generated_text": whole, "details": details}
    if draw(st.booleans()):
        items.append(draw(st.sampled_from([{"error": "m", "error_type": "overloaded"}, END])))
    data = sse(*items, space=draw(st.sampled_from(["", " "]))) if form == "tgi" else lines(*items)
    return data[: draw(st.none() | st.integers(0, len(data)))]


def outcome(parts: list[bytes]) -> tuple[Any, ...]:
    """Return everything that a caller sees of a stream."""
    stream = StreamingGenerations(
        [{"PayloadPart": {"Bytes": part}} for part in parts], Mode.SAGEMAKER
    )
    pieces: list[StreamingText] = []
    error: Any = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            pieces.extend(stream)
        except CohereError as raised:
            error = (type(raised), str(raised), raised.retryable, raised.partial)
    shown = [str(each.message) for each in caught]
    state = (stream.text, stream.finish_reason, stream.dialect, stream.generations, stream.usage)
    return pieces, [piece.token for piece in pieces], error, shown, state, stream.other_items


@given(streams(), st.data())
def test_any_cut_gives_the_same(data: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    ends = [*cuts, len(data)]
    parts = [data[start:end] for start, end in zip([0, *cuts], ends, strict=True)]
    assert outcome(parts) == outcome([data])
    assert outcome([data[i : i + 1] for i in range(len(data))]) == outcome([data])


@given(st.lists(texts, min_size=1, max_size=4))
def test_pieces_join_to_the_text(words: list[str]) -> None:
    whole = "".join(words)
    items = [*map(tgi, words), tgi("</s>", special=True, generated_text=whole)]
    stream = stream_of(sse(*items))
    assert "".join(stream.text_stream) == whole
    assert stream.text == whole
