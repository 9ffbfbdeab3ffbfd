"""Cohere's Command: plain bodies, and items of every shape that occurs."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given

from chats import Reply, body_1, items_1, replies
from cohere_aws import (
    Generation,
    Generations,
    ServiceError,
    StreamError,
    StreamingText,
    Usage,
)
from cohere_aws._dialects.command import Reader, read_body
from strategies import METRICS, Answer, answers


def read(*items: dict[str, Any]) -> tuple[list[StreamingText], Reader]:
    reader = Reader()
    return [result for item in items for result in reader.read(item)], reader


def piece(text: str, index: int = 0, *, is_finished: bool = False) -> StreamingText:
    return StreamingText(index, text, is_finished)


@given(answers())
def test_what_the_items_mean(answer: Answer) -> None:
    results, reader = read(*answer.items)
    assert results == answer.pieces
    assert reader.generations() == answer.generations
    assert reader.finish_reason == answer.finish_reason
    assert reader.text() == answer.generations[0].text
    assert reader.last_item_read


@given(answers())
def test_pieces_add_up_at_any_time(answer: Answer) -> None:
    reader = Reader()
    so_far: dict[int, str] = {}
    for item in answer.items:
        for index, text, _ in reader.read(item):
            so_far[index] = so_far.get(index, "") + text
        if not reader.last_item_read:
            texts = {index: text.removesuffix("<EOS_TOKEN>") for index, text in so_far.items()}
            found = {generation.index: generation.text for generation in reader.generations()}
            assert {index: text for index, text in found.items() if text or index in texts} == texts
            assert reader.text() == (found[min(found)] if found else "")


def test_shape_1_a_piece_without_an_index() -> None:
    assert read({"is_finished": False, "text": " I"})[0] == [piece(" I")]
    assert read({"text": " I", "event_type": "text-generation"})[0] == [piece(" I")]
    assert read({"text": " I", "is_finished": None, "index": None})[0] == [piece(" I")]
    assert read({"text": "", "is_finished": False})[0] == [piece("")]
    assert read({"text": "", "is_finished": None})[0] == [piece("")]


def test_an_array_is_not_an_item_of_command() -> None:
    with pytest.raises(StreamError, match=r"^the item is an array; expected an object$"):
        Reader().read([{"text": "a"}])


def test_shape_2_pieces_of_several_generations() -> None:
    results, reader = read(
        {"index": 1, "is_finished": False, "text": "b"},
        {"index": 0, "is_finished": False, "text": "a"},
        {"index": 1, "is_finished": False, "text": "c"},
    )
    assert results == [piece("b", 1), piece("a", 0), piece("c", 1)]
    assert reader.generations() == Generations(
        [Generation("a", index=0), Generation("bc", index=1)]
    )
    assert reader.text() == "a"
    assert not reader.last_item_read


def test_shape_3_the_last_item_of_bedrock() -> None:
    metrics = {"inputTokenCount": 40, "outputTokenCount": 20, "invocationLatency": 597,
               "firstByteLatency": 273}  # fmt: skip
    results, reader = read(
        {"index": 0, "text": "a"},
        {"index": 1, "text": "b"},
        {"finish_reason": "MAX_TOKENS", "is_finished": True, METRICS: metrics},
    )
    assert results == [piece("a"), piece("b", 1)]
    assert [generation.finish_reason for generation in reader.generations()] == ["MAX_TOKENS"] * 2
    assert reader.usage == reader.generations().usage == Usage(40, 20, 597, 273)
    assert (reader.id, reader.prompt, reader.last_item_read) == (None, None, True)


def test_shape_3_without_any_text() -> None:
    results, reader = read({"finish_reason": "COMPLETE", "is_finished": True})
    assert results == []
    answer = Generations([Generation("", index=0, finish_reason="COMPLETE")])
    assert (reader.generations(), reader.text()) == (answer, "")


RESPONSE = {"id": "r", "prompt": "p", "generations": [{"id": "g", "text": "ab"}]}


def test_shape_4_the_last_item_of_sagemaker() -> None:
    results, reader = read(
        {"text": "a"},
        {"text": "b"},
        {"is_finished": True, "finish_reason": "COMPLETE", "response": RESPONSE},
    )
    assert results == [piece("a"), piece("b")]
    assert reader.generations() == Generations([Generation("ab", id="g")], id="r", prompt="p")
    assert (reader.id, reader.prompt, reader.finish_reason) == ("r", "p", "COMPLETE")


@pytest.mark.parametrize("generations", [{}, {"generations": None}, {"generations": []}])
def test_shape_4_with_a_response_that_brings_no_generations(generations: dict[str, Any]) -> None:
    _, reader = read({"text": "a"}, {"is_finished": True, "response": {"id": "r"} | generations})
    assert reader.generations() == Generations([Generation("a", index=0)], id="r")


def test_shape_4_with_the_finish_reason_inside() -> None:
    response = {"generations": [{"text": "a", "finish_reason": "COMPLETE"}]}
    _, reader = read({"is_finished": True, "response": response})
    assert reader.finish_reason == "COMPLETE"


def test_shape_5_a_finish_item_a_generation() -> None:
    results, reader = read(
        {"index": 0, "text": "a"},
        {"index": 0, "is_finished": True, "finish_reason": "COMPLETE"},
        {"index": 1, "text": "b"},
        {"index": 1, "is_finished": True, "finish_reason": "MAX_TOKENS"},
    )
    assert not reader.last_item_read
    assert results == [piece("a"), piece("b", 1)]
    reader.read({"is_finished": True, METRICS: {}})
    assert reader.last_item_read
    assert reader.finish_reason == "MAX_TOKENS"
    assert reader.generations().generations == [
        Generation("a", index=0, finish_reason="COMPLETE"),
        Generation("b", index=1, finish_reason="MAX_TOKENS"),
    ]


def test_shape_5_may_end_by_metrics_alone() -> None:
    ends = [{"index": index, "text": "a", "is_finished": True} for index in (0, 1)]
    metrics = {METRICS: {"inputTokenCount": 1}}
    begun = {"index": 1, "text": "a", "is_finished": False}
    for items in ([], ends, [metrics], [ends[0], begun, metrics], [metrics, begun]):
        assert not read(*items)[1].may_end
    _, reader = read(*ends, metrics)
    assert reader.may_end
    assert not reader.last_item_read  # a last item may follow all the same
    reader.read({"is_finished": True, "response": {"id": "r"}})
    assert reader.last_item_read
    assert reader.may_end


@pytest.mark.parametrize("more", [{METRICS: {}}, {"response": {"id": "r"}}])
def test_a_last_item_may_have_an_index(more: dict[str, Any]) -> None:
    _, reader = read({"text": "a"}, {"index": 0, "is_finished": True, **more})
    assert reader.last_item_read


def test_shape_6_a_finished_item_with_text() -> None:
    results, reader = read(
        {"text": "a"}, {"is_finished": True, "text": "b", "index": 0}, {"text": ""}
    )
    assert results == [piece("a"), piece("b", is_finished=True), piece("")]
    assert reader.text() == "ab"
    assert read({"is_finished": True, "text": ""})[0] == []


def test_shape_7_the_whole_answer_in_one_item() -> None:
    item = {"id": "r", "prompt": "p", METRICS: {"inputTokenCount": 9}, "generations": [
        {"text": "a", "finish_reason": "COMPLETE"}, {"text": "b"}, {"text": "c", "index": 7},
    ]}  # fmt: skip
    results, reader = read(item)
    assert results == [
        piece("a", 0, is_finished=True),
        piece("b", 1, is_finished=True),
        piece("c", 7, is_finished=True),
    ]
    assert reader.generations() == Generations.from_dict(item)
    assert (reader.id, reader.prompt, reader.usage) == ("r", "p", Usage(9))
    assert (reader.finish_reason, reader.text(), reader.last_item_read) == ("COMPLETE", "a", True)


def test_shape_7_without_generations_in_it() -> None:
    results, reader = read({"generations": []})
    assert results == []
    assert (len(reader.generations()), reader.text(), reader.finish_reason) == (0, "", None)


def test_shape_7_beside_a_text() -> None:
    results, reader = read({"text": "lost?", "generations": [], "is_finished": True})
    assert results == [piece("lost?", is_finished=True)]
    assert (reader.text(), reader.last_item_read) == ("lost?", True)
    for is_finished in (True, False, None):
        results, reader = read(
            {"text": "a", "is_finished": is_finished, "generations": [{"text": "b"}]}
        )
        assert results == [piece("a", is_finished=True)]
        assert reader.generations() == Generations([Generation("b")])
    results, _ = read({"text": "", "is_finished": False, "generations": [{"text": "b"}]})
    assert results == [piece("b", is_finished=True)]


@pytest.mark.parametrize("beside", [{}, {"index": 0}, {"event_type": "text-generation"}])
def test_what_a_piece_says_beside_its_text(beside: dict[str, Any]) -> None:
    item = {"text": "a", "is_finished": False, **beside}
    assert read(item)[0] == [piece("a")]
    metrics, reason = {METRICS: {"inputTokenCount": 1}}, {"finish_reason": "ERROR"}
    results, reader = read({**item, **metrics}, {**item, **reason})
    assert results == [piece("a"), piece("a")]
    assert (reader.usage, reader.finish_reason, reader.last_item_read) == (Usage(1), None, False)
    reader.read({"is_finished": True})
    assert reader.finish_reason == "ERROR"
    errors: list[dict[str, Any]] = [
        {"event_type": "stream-error"}, {"err": "crashed"}, {"error": {"code": 429}}
    ]  # fmt: skip
    for error in errors:
        reader = Reader()
        with pytest.raises(ServiceError):
            reader.read({**item, **error})
        assert reader.text() == "a"  # which ``partial`` of the error has


def test_shape_7_behind_the_pieces_repeats_them() -> None:
    results, reader = read({"text": "a"}, {"generations": [{"text": "a", "id": "g"}]})
    assert results == [piece("a")]
    assert reader.generations() == Generations([Generation("a", id="g")])


def test_shape_8_the_end_of_sequence_is_not_part_of_the_answer() -> None:
    results, reader = read({"text": "a"}, {"text": "<EOS_TOKEN>"}, {"is_finished": True})
    assert results == [piece("a"), piece("<EOS_TOKEN>")]
    assert reader.text() == reader.generations()[0].text == "a"
    _, reader = read({"text": "a<EOS_"}, {"text": "TOKEN>"}, {"text": "<EOS_TOKEN> b"})
    assert reader.text() == "a<EOS_TOKEN><EOS_TOKEN> b"


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"message": "too long"}, "too long"),
        ({"error": "too long"}, "too long"),
        ({"message": "", "error": "too long"}, "too long"),
        ({"message": 5, "err": "too long"}, "too long"),
        ({"error": {"message": "too long", "code": 5}}, "too long"),
        ({"error": {"reason": "other"}}, ""),
        ({"message": ""}, ""),
        ({"event_type": "stream-error", "err": "too long"}, "too long"),
        ({"event_type": "stream-error"}, ""),
        ({"err": "too long", "is_finished": True, "finish_reason": "ERROR"}, "too long"),
        ({"message": 5}, "its message is a number"),
        ({"error": ["too long"]}, "its message is an array"),
        ({"error": {"message": {"text": "too long"}}}, "its message is an object"),
    ],
)
def test_shape_9_an_error_inside_of_the_stream(item: dict[str, Any], words: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read({"text": "a"}, item)
    assert caught.value.message == ": ".join(filter(len, ["an error without a code", words]))
    assert caught.value.code is None
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("error", "code", "status", "retryable"),
    [
        ({"message": "m", "code": 429}, None, 429, True),
        ({"message": "m", "code": 400}, None, 400, False),
        ({"message": "m", "code": "overloaded", "type": "other"}, "overloaded", None, False),
        ({"message": "m", "code": 503, "type": "overloaded"}, "overloaded", 503, True),
    ],
)
def test_shape_9_with_a_code(
    error: dict[str, Any], code: str | None, status: int | None, *, retryable: bool
) -> None:
    with pytest.raises(ServiceError, match=r": m$") as caught:
        read({"error": error})
    assert (caught.value.code, caught.value.http_status) == (code, status)
    assert caught.value.retryable == retryable


@pytest.mark.parametrize(
    "nothing",
    [
        {"text": None},
        {"is_finished": False},
        {"is_finished": True},
        {"finish_reason": None},
        {"text": ""},
    ],
)
@pytest.mark.parametrize("key", ["message", "error", "err"])
def test_shape_9_beside_keys_that_say_nothing(key: str, nothing: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match="model overloaded"):
        read({key: "model overloaded", **nothing})


@pytest.mark.parametrize("beside", [{"text": 5}, {"text": "a", "index": -1}, {"index": "0"}])
def test_an_error_counts_whatever_is_beside_it(beside: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match="model overloaded"):
        read({"error": "model overloaded", **beside})


def test_an_error_is_kept_with_all_that_is_beside_it() -> None:
    reader = Reader()
    response = {"generations": [{"text": "b"}]}
    item = {"error": "model overloaded", "text": "a", "id": "r", "response": response}
    for _ in range(2):
        with pytest.raises(ServiceError, match="model overloaded"):
            reader.read(item)
        reader.last_item_read = True
    assert reader.other_items == [item, item]
    assert reader.text() == "aa"


@pytest.mark.parametrize("nothing", [{"error": None}, {"error": ""}, {"err": False}])
def test_an_error_that_is_empty_is_not_an_error(nothing: dict[str, Any]) -> None:
    results, reader = read({"text": "a", "is_finished": False, **nothing})
    assert results == [piece("a")]
    assert len(reader.other_items) == 1


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"is_finished": False},
        {"event_type": "stream-start", "generation_id": "g", "is_finished": False},
        {"text": None, "is_finished": False},
        {"message": None},
        {"event_type": "tool-calls-generation", "tool_calls": [{"name": "f", "parameters": {}}]},
        {"event_type": "citation-generation", "citations": [{"start": 0}], "is_finished": False},
    ],
)
def test_shape_10_other_items_are_kept(item: dict[str, Any]) -> None:
    results, reader = read({"text": "a"}, item, {"text": "b"})
    assert results == [piece("a"), piece("b")]
    assert reader.other_items == [item]
    assert not reader.last_item_read


@pytest.mark.parametrize(
    "item",
    [
        {"text": "a", "is_finished": False, "generation_id": "g"},
        {"text": "a", "message": "beside a text it is not an error"},
        {"index": 0, "is_finished": True, "finish_reason": "COMPLETE", "generation_id": "g"},
        {METRICS: {"inputTokenCount": 1}, "generation_id": "g"},
    ],
)
def test_an_item_with_a_field_that_is_not_read_is_kept_whole(item: dict[str, Any]) -> None:
    _, reader = read(item)
    assert reader.other_items == [item]


def test_the_last_item_brings_fields_of_the_answer() -> None:
    response = {"id": "r", "new_id": "x", "citations": [{"start": 0}], "meta": {"a": 1}}
    last = {"is_finished": True, "event_type": "stream-end", "response": response, "beta": True}
    _, reader = read({"text": "a"}, {**last, METRICS: {"cached": 2}})
    assert reader.other_items == []
    assert reader.generations().extra == {
        "new_id": "x",
        "citations": [{"start": 0}],
        "meta": {"a": 1},
        "beta": True,
        METRICS: {"cached": 2},
    }


@pytest.mark.parametrize("event", ["answer-complete", "citation-generation", 5, ["a"]])
def test_an_unread_type_of_an_event_is_kept(event: Any) -> None:
    _, reader = read({"text": "a"}, {"is_finished": True, "event_type": event})
    assert (reader.last_item_read, reader.other_items) == (True, [])
    assert reader.generations().extra == {"event_type": event}
    body = {"generations": [{"text": "a"}], "is_finished": True, "event_type": event}
    assert read(body)[1].generations().extra == {"event_type": event}
    # In any other item, the whole item is kept.
    end_of_one = {"is_finished": True, "index": 0, "event_type": event}
    metrics = {METRICS: {"inputTokenCount": 1}, "event_type": event}
    _, reader = read({"text": "a"}, end_of_one, metrics, {"is_finished": True}, metrics)
    assert reader.other_items == [end_of_one, metrics, metrics]
    assert reader.usage == Usage(1)


@pytest.mark.parametrize("event", [None, "text-generation", "stream-end"])
def test_a_type_of_an_event_that_is_read_is_not_kept(event: str | None) -> None:
    for beside in ({}, {"generations": [{"text": "a"}]}):
        metrics = {METRICS: {}, "event_type": event}
        _, reader = read({"is_finished": True, "event_type": event, **beside}, metrics)
        assert (reader.generations().extra, reader.other_items) == (None, [])


def test_a_field_that_the_last_item_and_its_response_have() -> None:
    last = {"is_finished": True, "response": {"id": "r", "meta": 1}, "meta": 2}
    _, reader = read({"text": "a"}, last)
    assert reader.generations().extra == {"meta": 1}
    assert reader.other_items == [last]


def test_a_whole_answer_keeps_its_fields() -> None:
    item = {"generations": [{"text": "a", "b": 1}], "meta": 1, METRICS: {"cached": 2}}
    _, reader = read(item)
    assert reader.generations() == Generations.from_dict(item)
    assert reader.generations().extra == {"meta": 1, METRICS: {"cached": 2}}
    assert reader.other_items == []


def test_the_reason_is_known_at_the_end_alone() -> None:
    first = {"index": 0, "is_finished": True, "finish_reason": "COMPLETE"}
    _, reader = read({"index": 0, "text": "a"}, {"index": 1, "text": "b"}, first)
    assert reader.finish_reason is None
    assert reader.generations()[0].finish_reason == "COMPLETE"
    reader.read({"is_finished": True, "finish_reason": "MAX_TOKENS"})
    assert reader.finish_reason == "MAX_TOKENS"


def test_the_text_is_joined_once() -> None:
    reader = Reader()
    for count in range(1, 4):
        reader.read({"text": "a"})
        assert reader.text() == "a" * count
        assert reader._texts == {0: ["a" * count]}


class Shared(list[str]):
    """Pieces that other threads append to, and ask for, in the midst of being joined."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(["a", "b"])
        self.reader, self.found = reader, list[str]()
        self.threads: list[threading.Thread] = []

    def __setitem__(self, *place_and_value: Any) -> None:
        if len(self.threads) < 2:
            self.append("c")
            thread = threading.Thread(target=lambda: self.found.append(self.reader.text()))
            self.threads.append(thread)
            thread.start()
            thread.join(0.1)
        super().__setitem__(*place_and_value)


def test_the_text_may_be_asked_for_by_several_threads_while_another_one_reads() -> None:
    reader = Reader()
    reader._texts[0] = shared = Shared(reader)
    assert reader.text() == "ab"
    for thread in shared.threads:
        thread.join()
    assert reader.text() == "abcc"
    assert shared.found == ["abcc", "abcc"]


def test_metrics_may_come_alone_before_or_after_the_last_item() -> None:
    metrics = {METRICS: {"inputTokenCount": 1}}
    for items in ([metrics, {"is_finished": True}], [{"is_finished": True}, metrics]):
        _, reader = read({"text": "a"}, *items)
        assert reader.usage == Usage(1)
        assert reader.last_item_read


def test_metrics_after_the_last_item_may_say_what_they_are_or_nothing() -> None:
    last = {"is_finished": True, METRICS: {"inputTokenCount": 1}}
    _, reader = read(last, {METRICS: None}, {METRICS: {}, "event_type": "metrics"}, {METRICS: None})
    assert reader.usage == Usage(1)


def test_metrics_that_come_in_parts() -> None:
    parts = [
        {"inputTokenCount": 1, "a": 1},
        {"outputTokenCount": 2, "b": 2},
        {"inputTokenCount": 3},
    ]
    _, reader = read(*({METRICS: part} for part in parts))
    assert reader.usage == Usage(3, 2)
    assert reader.generations().extra == {METRICS: {"a": 1, "b": 2}}


def test_metrics_in_the_response() -> None:
    metrics = {METRICS: {"inputTokenCount": 1, "new": 2}}
    for response in (metrics, {**RESPONSE, **metrics}):
        _, reader = read({"is_finished": True, "response": response})
        assert reader.usage == Usage(1)
        assert reader.generations().extra == {METRICS: {"new": 2}}


def test_metrics_that_are_null_are_not_there() -> None:
    first = {"index": 1, "is_finished": True, "finish_reason": "COMPLETE", METRICS: None}
    results, reader = read({"index": 1, "text": "a"}, first, {"text": "b"})
    assert results == [piece("a", 1), piece("b")]
    assert not reader.may_end
    item = {"index": 0, METRICS: None}
    assert read(item)[1].other_items == [item]


@pytest.mark.parametrize(
    "field", [{"finish_reason": "MAX_TOKENS"}, {"response": {"id": "r", "generations": []}}]
)
def test_what_an_item_that_ends_nothing_says_of_an_end_is_kept(field: dict[str, Any]) -> None:
    item = {"text": "a", "is_finished": False, **field}
    results, reader = read(item, {"is_finished": True, "finish_reason": "COMPLETE"})
    assert results == [piece("a")]
    assert reader.other_items == [item]
    (name,) = field
    assert read({"text": "a", name: None})[1].other_items == []


def test_what_a_whole_answer_has_besides() -> None:
    beside = {"finish_reason": "MAX_TOKENS", "response": {"id": "r"}}
    _, reader = read({"generations": [{"text": "a", "finish_reason": "COMPLETE"}], **beside})
    assert reader.finish_reason == "COMPLETE"
    assert reader.generations().extra == beside
    _, reader = read({"generations": [{"text": "a"}], "finish_reason": "MAX_TOKENS"})
    assert reader.finish_reason == "MAX_TOKENS"
    assert reader.generations().extra is None


@pytest.mark.parametrize("item", [{"message": "crashed"}, {METRICS: {}, "err": "crashed"}])
def test_an_error_after_the_last_item(item: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match="crashed"):
        read({"is_finished": True}, item)


@pytest.mark.parametrize(
    "item",
    [
        {"text": "a"},
        {"is_finished": True},
        {},
        {"event_type": "stream-end"},
        {METRICS: {}, "text": "a"},
        {"message": "a", "text": "a"},
    ],
)
def test_nothing_else_comes_after_the_last_item(item: dict[str, Any]) -> None:
    with pytest.raises(StreamError, match="the last item came before, and this one has "):
        read({"is_finished": True}, item)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"text": 5}, "text is a number; expected a string"),
        ({"text": "a", "is_finished": "false"}, "is_finished is a string; expected true or false"),
        ({"text": "a", "is_finished": 0}, "is_finished is a number; expected true or false"),
        ({"text": "a", "index": "0"}, "index is a string; expected an integer of 0 or more"),
        ({"text": "a", "index": True}, "index is a boolean; expected an integer of 0 or more"),
        ({"text": "a", "index": -1}, "index is below 0; expected an integer of 0 or more"),
        ({"is_finished": True, "finish_reason": 5}, "finish_reason is a number"),
        ({"is_finished": True, "response": "a"}, "response is a string; expected an object"),
        ({"is_finished": True, "response": {"id": 5}}, "response.id is a number"),
        ({"is_finished": True, "response": {"prompt": 5}}, "response.prompt is a number"),
        ({"is_finished": True, "response": {"generations": 5}}, "generations is a number"),
        ({"generations": 5}, "generations is a number; expected an array"),
        ({"is_finished": True, METRICS: 5}, f"{METRICS} is a number; expected an object"),
    ],
)
def test_a_field_of_another_type(item: dict[str, Any], message: str) -> None:
    with pytest.raises(StreamError) as caught:
        read(item)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "item",
    [
        {"is_finished": True, "finish_reason": "COMPLETE", "response": RESPONSE},
        {"generations": [{"id": "g", "text": "ab", "finish_reason": "COMPLETE"}]},
        {"text": "ab", "is_finished": True, "finish_reason": "COMPLETE"},
    ],
)
def test_metrics_of_another_type_lose_no_answer(item: dict[str, Any]) -> None:
    reader = Reader()
    with pytest.raises(StreamError, match="invocationLatency is a number; expected an integer"):
        reader.read({**item, METRICS: {"invocationLatency": 597.5}})
    assert [generation.text for generation in reader.generations()] == ["ab"]
    assert (reader.finish_reason, reader.last_item_read) == ("COMPLETE", True)


def test_metrics_of_a_wrong_type_lose_nothing_of_a_response() -> None:
    reader = Reader()
    reader.read({"text": "a"})
    response = {"id": "r", "generations": [{"text": "ab"}], METRICS: {"inputTokenCount": "x"}}
    with pytest.raises(StreamError, match="inputTokenCount is a string"):
        reader.read({"is_finished": True, "response": response})
    assert reader.generations() == Generations([Generation("ab")], id="r")
    assert reader.last_item_read


def test_an_empty_plain_body_after_pieces_does_not_replace_them() -> None:
    _, reader = read({"text": "a"}, {"generations": [], "id": "r"})
    assert reader.generations() == Generations([Generation("a", index=0)], id="r")
    assert reader.text() == "a"


def test_a_usage_of_the_model_is_extra() -> None:
    response = {"generations": [{"text": "a"}], "usage": {"input_tokens": "x"}}
    _, reader = read({"is_finished": True, "response": response})
    assert reader.generations().extra == {"usage": {"input_tokens": "x"}}
    assert Generations.from_dict(response).extra == {"usage": {"input_tokens": "x"}}


def test_a_stream_of_the_chat() -> None:
    reply = Reply(["Oh", "", " hi"], citations=[(0, 2)])
    items = [item for item, _ in items_1(reply)]
    pieces, reader = read(*items)
    assert [piece.text for piece in pieces] == ["Oh", "", " hi"]
    assert reader.last_item_read
    assert reader.finish_reason == "COMPLETE"
    answer, plain = reader.generations(), read_body(body_1(reply))
    assert answer == plain
    kinds = [item["event_type"] for item in items if item in reader.other_items]
    assert kinds == ["stream-start", "search-queries-generation", "search-results", "citation-generation"]  # fmt: skip


@given(replies())
def test_a_stream_of_the_chat_gives_what_its_body_gives(reply: Reply) -> None:
    for is_bare in (False, True):
        pieces, reader = read(*(item for item, _ in items_1(reply, is_bare=is_bare)))
        assert [piece.text for piece in pieces] == reply.pieces
        assert reader.generations() == read_body(body_1(reply))
        assert reader.text() == body_1(reply)["text"]


@given(replies())
def test_a_body_of_the_chat_as_the_only_item(reply: Reply) -> None:
    body = body_1(reply)
    pieces, reader = read({**body, METRICS: {"inputTokenCount": 5}})
    assert pieces == [StreamingText(0, body["text"], is_finished=True)]
    assert reader.generations() == read_body({**body, METRICS: {"inputTokenCount": 5}})
    assert (reader.last_item_read, reader.other_items) == (True, [])
    with pytest.raises(StreamError, match=r"^the last item came before"):
        reader.read(body)


def test_words_about_calls_of_tools_are_not_the_text() -> None:
    plan = {"event_type": "tool-calls-chunk", "text": "I will look."}
    for item in (plan, {**plan, "is_finished": False}):
        pieces, reader = read(item, {"event_type": "text-generation", "text": "a"})
        assert [piece.text for piece in pieces] == ["a"]
        assert reader.other_items == [item]


CHAT = body_1(Reply(["Oh", " hi"]))
END: dict[str, Any] = {"event_type": "stream-end", "finish_reason": "COMPLETE"}


def test_the_end_of_a_chat() -> None:
    piece = {"event_type": "text-generation", "text": "a"}
    # Nothing of the response is lost, if it contradicts what came before.
    response = {"response_id": "r", "text": "other", "finish_reason": "MAX_TOKENS"}
    _, reader = read(piece, {**END, "response": response, "new": 5})
    answer = reader.generations()
    assert (answer.id, answer.text, reader.finish_reason) == ("r", "a", "COMPLETE")
    assert answer.extra == {"text": "other", "finish_reason": "MAX_TOKENS", "new": 5}
    # An item without a reason has that of its response.
    _, reader = read(piece, {"event_type": "stream-end", "response": response})
    assert reader.finish_reason == reader.generations()[0].finish_reason == "MAX_TOKENS"
    # A response without a text, as after an error, and none at all.
    error = {**END, "finish_reason": "ERROR"}
    for last in ({**error, "response": {"response_id": "r"}}, error):
        _, reader = read(piece, last)
        assert reader.generations()[0].to_dict() == {
            "text": "a", "index": 0, "finish_reason": "ERROR", "finish": "error"
        }  # fmt: skip
    # The text of the response, where no piece came.
    _, reader = read({**END, "response": response})
    assert reader.text() == reader.generations().text == "other"


def test_metrics_of_bedrock_replace_the_counts_of_the_model() -> None:
    last = {**END, "response": CHAT, METRICS: {"inputTokenCount": 5, "outputTokenCount": 6}}
    assert read(last)[1].usage == Usage(5, 6)
    inside = {**END, "response": {**CHAT, METRICS: {"inputTokenCount": 5}}}
    assert read(inside)[1].usage == Usage(5, 7002)
