"""The table of dialects: which one a body belongs to, and the errors where it is none."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from cohere_aws import (
    Generations,
    InvalidRequestError,
    Mode,
    ServiceError,
    StreamError,
    _dialects,
)
from cohere_aws._dialects import (
    DIALECTS,
    DialectFacts,
    DialectName,
    check_name,
    converse,
    dialect_of,
    dialect_of_body,
    module_of,
    unknown_dialect,
)
from cohere_aws._dialects._value_shapes import is_list_of, is_object, is_string
from cohere_aws._services import service_for


def test_every_dialect_has_a_row_a_word_and_a_module() -> None:
    assert set(DIALECTS) == set(get_args(DialectName))
    for name in DIALECTS:
        module = module_of(name)
        assert callable(module.read_body)
        assert module.Reader().generations().dialect in {name, None}


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"generations": []}, "command"),
        ({"text": ""}, "command"),
        ({"is_finished": True}, "command"),
        ({"event_type": "stream-start"}, "command"),
        ([{"text": ""}, 5], "command"),
        ({"text": "a", "error": "secret"}, "command"),  # its reader raises the error
        ({"type": "debug"}, None),
        ({"message": None}, None),
        ({"text": None}, None),
        ({"is_finished": "secret"}, None),
        ({"outputs": []}, None),
        ({}, None),
        ([], None),
        ([5], None),
        ({"output": {"text": "a"}}, None),
        ({"output": {"message": "a"}}, None),
        ({"output": "a"}, None),
        ({"messageStart": None}, None),
        ({"metadata": {"usage": {}, "metrics": {}}}, None),
    ],
)
def test_keys_and_shapes_decide(item: Any, name: str | None) -> None:
    assert dialect_of(item, None) == name
    assert dialect_of(item, "command") == "command"


@pytest.mark.parametrize(
    "item",
    [
        {"output": {"message": {"role": "assistant", "content": []}}, "stopReason": "end_turn"},
        {"ResponseMetadata": {}, "output": {"message": {}}},
        {"messageStart": {"role": "assistant"}},
        {"contentBlockStart": {"contentBlockIndex": 0, "start": {}}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "a"}}},
        {"contentBlockDelta": {}},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
    ],
)
def test_keys_of_converse(item: Any) -> None:
    assert dialect_of(item, None) == "converse"
    assert dialect_of_body(item, "converse") is module_of("converse")
    with pytest.raises(StreamError, match="the response is of the dialect converse, by its keys"):
        dialect_of(item, "tgi")


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"token": {"text": "a"}, "metadata": {"usage": {}}}, "tgi"),
        ({"choices": [], "output": {"message": "a"}}, "completions"),
        ({"text": "a", "output": {}}, "command"),
    ],
)
def test_keys_that_other_dialects_may_have_as_well(item: Any, name: str) -> None:
    assert dialect_of(item, None) == name


@pytest.mark.parametrize("name", DIALECTS)
def test_a_message_beside_an_answer_key_is_not_an_error(name: DialectName) -> None:
    row = DIALECTS[name]
    for key in row.shapes:
        item = {"message": "overloaded", "new": 1, key: {"new": 1}}
        if key in row.answer_keys:
            assert dialect_of(item, None) in {name, None}
        elif key != "message":
            with pytest.raises(ServiceError, match="overloaded"):
                dialect_of({**item, key: 5}, None)
    assert row.has_bytes == (name == "converse")


def test_an_error_with_keys_of_converse() -> None:
    for extra in ({"metadata": {"id": "r"}}, {"output": {"a": 1}}, {"output": None}):
        with pytest.raises(ServiceError, match="overloaded"):
            dialect_of({"message": "overloaded", **extra}, None)


@pytest.mark.parametrize(
    "item",
    [
        {"id": "m", "message": {"role": "assistant"}},
        {"type": "message-start", "delta": {}},
        {"type": "content-delta", "error": "secret"},
    ],
)
def test_messages_and_types_of_a_chat_decide(item: Any) -> None:
    assert dialect_of(item, None) == "chat"
    with pytest.raises(StreamError, match=r"^the response is of the dialect chat, by its keys '"):
        dialect_of(item, "command")


@pytest.mark.parametrize("name", [None, "command"])
@pytest.mark.parametrize(
    ("body", "model"),
    [
        ({"type": "message", "role": "assistant", "content": [{"type": "text"}]}, "Claude"),
        ({"type": "content_block_delta", "index": 0, "delta": {}}, "Claude"),
        ({"type": "message_start", "message": {"type": "message", "role": "assistant"}}, "Claude"),
        ({"completion": "secret", "stop_reason": "stop_sequence"}, "Claude"),
        ({"generation": "secret", "prompt_token_count": 3}, "Llama"),
        ({"outputs": [{"text": "secret", "stop_reason": "stop"}]}, "Mistral"),
        ({"inputTextTokenCount": 1, "results": [{"outputText": "secret"}]}, "Titan"),
        ({"outputText": "secret", "index": 0}, "Titan"),
    ],
)
def test_a_format_that_is_not_read_is_named(body: Any, model: str, name: Any) -> None:
    with pytest.raises(StreamError) as caught:
        dialect_of_body(body, name)
    assert str(caught.value) == (
        f"the response is in the format of {model} models, which is not read; call them by Converse"
    )


def test_other_bodies_with_the_same_keys_are_not_named() -> None:
    ranked = {"results": [{"index": 0, "relevance_score": 0.5}]}
    for body in (ranked, {"type": "ping"}, {"results": []}, {"results": ["a"]}):
        with pytest.raises(StreamError, match=r"^no dialect has the keys "):
            dialect_of_body(body, None)


@pytest.mark.parametrize("name", [None, "command"])
@pytest.mark.parametrize(
    "body",
    [
        {"message": "m"},
        {"message": {"message": "m"}},
        {"message": {"role": "assistant", "type": "message"}, "error": "m"},
        {"error": "m", "code": 5},
        [{"error": "m"}],
    ],
)
def test_an_error_is_recognised_before_dialects(body: Any, name: Any) -> None:
    with pytest.raises(ServiceError, match="an error without a code: m"):
        dialect_of_body(body, name)


def test_a_body_is_read_by_the_module_of_its_dialect() -> None:
    assert dialect_of_body({"generations": []}, None) is module_of("command")
    assert dialect_of_body({"new": 1}, "command") is module_of("command")
    with pytest.raises(StreamError, match=r"^the response is a number; expected an object or arr"):
        dialect_of_body(5, None)


def test_the_error_for_a_body_of_no_dialect() -> None:
    expected = "; ".join(f"{name}: {', '.join(row.shapes)}" for name, row in DIALECTS.items())
    for body, found in [
        ({"id": "secret", "text": 5}, "the keys 'id', 'text' with values of these types"),
        ({}, "an object without fields"),
        ([], "an array without fields"),
    ]:
        with pytest.raises(StreamError) as caught:
            dialect_of_body(body, None)
        assert str(caught.value) == f"no dialect has {found}; expected one of {expected}"
        assert str(unknown_dialect(body)) == str(caught.value)


@pytest.mark.parametrize("name", [None, "command", "tgi"])
def test_a_response_in_place_of_its_body(name: Any) -> None:
    for body in ("body", "Body"):
        with pytest.raises(StreamError) as caught:
            dialect_of_body({"ResponseMetadata": {}, body: object()}, name)
        assert str(caught.value) == (
            "expected a body or item; found a response of boto3 with the keys "
            f"'ResponseMetadata', '{body}'; from_response() reads it"
        )
    # The response of converse is its own body.
    assert dialect_of({"ResponseMetadata": {}, "output": {"message": {}}}, None) == "converse"


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a table of two dialects that share a key."""
    other = DialectFacts(
        {
            "answer": is_object,
            "outputs": is_list_of(str),
            "text": is_string,
        }
    )
    monkeypatch.setattr(_dialects, "DIALECTS", {"command": DIALECTS["command"], "other": other})


@pytest.mark.usefixtures("rows")
def test_one_dialect_alone_decides() -> None:
    assert dialect_of({"answer": {}}, None) == dialect_of({"outputs": ["a"]}, None) == "other"
    assert dialect_of({"outputs": []}, None) is None
    assert dialect_of({"text": "a"}, None) is None  # it belongs to both
    assert dialect_of({"text": "a"}, "command") == "command"
    assert dialect_of({"text": "a", "is_finished": True}, None) is None
    with pytest.raises(ServiceError):
        dialect_of({"text": "", "error": "m"}, None)


@pytest.mark.usefixtures("rows")
def test_an_item_of_another_dialect_than_the_given_one() -> None:
    with pytest.raises(StreamError) as caught:
        dialect_of_body({"answer": {"secret": 1}, "id": 5}, "command")
    assert str(caught.value) == (
        "the response is of the dialect other, by its keys 'answer', 'id'; it is read as command"
    )


def test_a_part_of_a_response_of_converse_is_not_an_error() -> None:
    message = {"role": "assistant", "content": [{"text": "Hi"}]}
    with pytest.raises(StreamError, match=r"^no dialect has the keys 'message' .*: output, "):
        Generations.from_dict({"message": message})


@pytest.mark.parametrize("name", ["other", "", 5, ["command"], "x" * 100])
def test_an_unknown_name(name: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"^dialect is ") as caught:
        Generations.from_dict({"generations": []}, dialect=name)
    assert str(caught.value).endswith(f"; expected one of {', '.join(DIALECTS)}")
    assert len(str(caught.value)) < 150
    with pytest.raises(InvalidRequestError):
        check_name(name)


def test_the_events_of_converse_are_its_keys() -> None:
    events = service_for(Mode.BEDROCK).item_events
    assert DIALECTS["converse"].shapes.keys() == events - {"metadata"} | {"output"}
    assert converse.Reader._events.keys() == events
