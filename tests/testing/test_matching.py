"""Matching: the recording that answers a call, or the message if there is none."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from cohere_aws.testing import Call, RecordedResponse, Recording, ReplayError
from cohere_aws.testing._matching import Matcher
from testing.samples import knows_async_invoke


def recording(target: str | None, request: Any, operation: str = "InvokeModel") -> Recording:
    return Recording(
        service="bedrock-runtime",
        operation=operation,
        target=target,
        request=request,
        response=RecordedResponse(200, b"{}"),
    )


def call(target: str | None = "m", request: Any = None, operation: str = "InvokeModel") -> Call:
    return Call("bedrock-runtime", operation, target, request)


def test_a_recording_is_found_by_the_request() -> None:
    one, two = recording("m", {"prompt": "a"}), recording("m", {"prompt": "b"})
    matcher = Matcher([one, two])
    assert matcher.unused() == [one, two]
    assert matcher.take(call(request={"prompt": "b"})) is two
    assert matcher.take(call(request={"prompt": "a"})) is one
    assert matcher.unused() == []


def test_none_matches_anything() -> None:
    any_ = recording(None, None)
    assert Matcher([any_]).take(call("whatever", {"prompt": "whatever"})) is any_


PROFILE = "arn:aws:bedrock:us-east-1:%s:application-inference-profile/abc"


def test_a_recording_may_hold_what_a_call_never_does() -> None:
    digest = 16 * "0aB1"
    texts = {"of": ["account 111122223333", digest, "\ud83d", "the same"]}
    one = recording(PROFILE % "111122223333", texts, "Converse")
    scrubbed = {"of": ["account 000000000000", "***", "\ud83d", "the same"]}
    assert Matcher([one]).take(call(PROFILE % "000000000000", scrubbed, "Converse")) is one
    with pytest.raises(ReplayError, match=r"target is .*/abd', recorded .*/abc'; request.of.0 is"):
        other = {"of": ["account 000000000000.", "***", "\ud83e", "the same"]}
        Matcher([one]).take(call(PROFILE[:-1] % "000000000000" + "d", other, "Converse"))


def test_each_recording_answers_once_unless_it_is_reused() -> None:
    one, two = recording("m", None), recording("m", None)
    matcher = Matcher([one, two])
    assert [matcher.take(call()), matcher.take(call())] == [one, two]
    with pytest.raises(ReplayError, match=r"each recording \(2\) has already answered a call"):
        matcher.take(call())
    matcher = Matcher([one, two], reuse=True)
    assert matcher.take(call()) is matcher.take(call()) is one
    assert matcher.unused() == [two]


def test_recordings_can_be_taken_in_order() -> None:
    one, two = recording("m", {"prompt": "a"}), recording("n", {"prompt": "b"})
    matcher = Matcher([one, two], match="order")
    assert [matcher.take(call("x")), matcher.take(call("y"))] == [one, two]
    matcher = Matcher([recording("m", None, "Converse"), one], match="order")
    with pytest.raises(ReplayError, match=r"operation is 'InvokeModel', recorded 'Converse'$"):
        matcher.take(call())


def test_a_recording_of_another_service_does_not_match() -> None:
    with pytest.raises(ReplayError, match="service is 'sagemaker-runtime', recorded 'bedrock"):
        Matcher([recording("m", None)]).take(Call("sagemaker-runtime", "InvokeModel", "m", None))


@pytest.mark.parametrize(
    ("asked", "difference"),
    [
        ({"prompt": "a secret"}, "request.prompt is a string of 8 characters, recorded a string of 1 character; they differ from character 1 on"),
        ({"prompt": ""}, "request.prompt is a string of 0 characters, recorded a string of 1 character; they differ from character 0 on"),
        ({"prompt": "b"}, "they differ from character 0 on"),
        ({"prompt": "a", "k": 5}, "request.k is 5, recorded absent"),
        ({}, "request.prompt is absent, recorded a string of 1 character"),
        ([1, 2], "request is an array of 2, recorded an object of 1"),
        ({"prompt": {"x": 1}}, "request.prompt is an object of 1, recorded a string of 1"),
        (None, "request is None, recorded an object of 1"),
        ({"prompt": "a", **dict.fromkeys("ghijklm", 1)}, "request.k is 1, recorded absent; and 2 more"),
    ],
)  # fmt: skip
def test_the_nearest_recording_is_shown_without_texts(asked: Any, difference: str) -> None:
    far = recording("other", {"prompt": "x", "k": 1})
    with pytest.raises(ReplayError) as caught:
        Matcher([far, recording("m", {"prompt": "a"})]).take(call(request=asked))
    assert "no recording answers InvokeModel of 'm'; the nearest one is number 2" in str(
        caught.value
    )
    assert difference in str(caught.value)
    assert "(match='order' would not compare the request)" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_true_is_not_a_number() -> None:
    with pytest.raises(ReplayError, match=r"request\.stream is True, recorded 1"):
        Matcher([recording("m", {"stream": 1})]).take(call(request={"stream": True}))


@pytest.mark.parametrize(
    ("asked", "recorded", "difference"),
    [
        ({"a": [1, 2]}, {"a": [1, 3]}, r"request.a.1 is 2, recorded 3"),
        ([1], [1, "x"], r"request.1 is absent, recorded a string of 1 character"),
        ([1], [True], r"request.0 is 1, recorded True"),
        ([float("nan")], [1.5], r"request.0 is nan, recorded 1.5"),
        ([{}], [[]], r"request.0 is an object of 0, recorded an array of 0"),
    ],
)
def test_arrays_are_compared_item_by_item(asked: Any, recorded: Any, difference: str) -> None:
    with pytest.raises(ReplayError, match=re.escape(f"but {difference} (")):
        Matcher([recording("m", recorded)]).take(call(request=asked))


def test_equal_numbers_match() -> None:
    same = [float("nan"), 1, {"a": [1.0, None, False]}]
    Matcher([recording("m", same)]).take(call(request=[float("nan"), 1.0, {"a": [1, None, False]}]))


def test_an_empty_list_of_recordings() -> None:
    with pytest.raises(
        ReplayError, match=r"no recording answers .*: the list of recordings is empty$"
    ):
        Matcher([]).take(call())


def test_another_target_is_shown() -> None:
    with pytest.raises(ReplayError, match="target is 'm', recorded 'n'"):
        Matcher([recording("n", None)]).take(call())


def test_a_mismatch_is_not_an_error_of_aws() -> None:
    assert issubclass(ReplayError, AssertionError)


def test_match_is_one_of_three_words_or_a_function() -> None:
    words = "match is 'ordr'; expected 'request', 'order', 'partial' or a function"
    with pytest.raises(ValueError, match=f"^{words}$"):
        Matcher([], match="ordr")  # type: ignore[arg-type]


def test_reused_recordings_in_order_start_over() -> None:
    recordings = [recording(name, None) for name in "abc"]
    matcher = Matcher(recordings, match="order", reuse=True)
    assert [matcher.take(call("x")) for _ in range(4)] == [*recordings, recordings[0]]


def test_none_at_any_place_matches_anything() -> None:
    open_ = recording("m", {"prompt": None, "messages": [{"content": None}, None], "k": None})
    for asked in (
        {"prompt": "a", "messages": [{"content": [1]}, {}], "k": 5},
        {"prompt": None, "messages": [{"content": "b"}, "c"]},
    ):
        assert Matcher([open_]).take(call(request=asked)) is open_
    with pytest.raises(ReplayError, match=r"but request\.messages\.2 is 1, recorded absent"):
        Matcher([open_]).take(call(request={"prompt": "a", "messages": [{}, 1, 1]}))


@pytest.mark.parametrize(
    "ignore",
    [["request"], ["request.k", "request.messages.0.content", "request.temperature"]],
)
def test_paths_that_are_ignored_are_not_compared(ignore: list[str]) -> None:
    messages = [{"role": "user", "content": "a"}]
    known = recording("m", {"messages": messages, "k": 1})
    asked = {"messages": [{"role": "user", "content": "b"}], "temperature": 0.5}
    with pytest.raises(ReplayError):
        Matcher([known]).take(call(request=asked))
    assert Matcher([known], ignore=ignore).take(call(request=asked)) is known
    if len(ignore) > 1:
        with pytest.raises(ReplayError, match=r"request\.messages\.0\.role is a string"):
            messages = [{"role": "system", "content": "b"}]
            Matcher([known], ignore=ignore).take(call(request={"messages": messages}))


def test_the_target_and_members_can_be_ignored() -> None:
    known = replace(recording("m", None), members={"InferenceId": "1", "TargetVariant": "a"})
    asked = replace(call("n"), members={"InferenceId": "2", "TargetVariant": "a"})
    matcher = Matcher([known], ignore=iter(["target", "members.InferenceId"]))
    assert matcher.take(asked) is known
    assert Matcher([known], ignore=["target", "members"]).take(call("n")) is known


@pytest.mark.parametrize("ignore", ["request.temperature", ["temperature"], ["requests.k"]])
def test_misspelt_paths_are_refused(ignore: Any) -> None:
    words = r"^ignore has '.*'; expected a sequence of paths that begin with target, members, reque"
    with pytest.raises(ValueError, match=words):
        Matcher([], ignore=ignore)


def test_partial_matching_accepts_more_keys_in_the_call() -> None:
    known = replace(recording("m", {"a": {"b": 1}, "c": [{"d": 2}]}), members={"Accept": "x"})
    asked = call(request={"a": {"b": 1, "more": 1}, "c": [{"d": 2, "more": 1}], "more": 1})
    asked = replace(asked, members={"Accept": "x", "TargetVariant": "y"})
    with pytest.raises(ReplayError, match=r"request\.a\.more is 1, recorded absent"):
        Matcher([known]).take(asked)
    assert Matcher([known], match="partial").take(asked) is known
    for less, difference in (
        ({"a": {}, "c": [{"d": 2}]}, r"request\.a\.b is absent, recorded 1 \(match='order' would"),
        ({"a": {"b": 1}, "c": [{"d": 2}, {}]}, r"request\.c\.1 is an object of 0, recorded absent"),
    ):
        with pytest.raises(ReplayError, match=difference):
            Matcher([known], match="partial").take(replace(asked, request=less))


def test_a_function_chooses_among_the_recordings_of_the_operation() -> None:
    recordings = [recording("m", {"n": 1}, "Converse"), *(recording("m", {"n": n}) for n in (1, 2))]
    matcher = Matcher(recordings, match=lambda call, known: known.request["n"] == len(call.request))
    assert matcher.take(call(request="ab")) is recordings[2]
    assert matcher.take(call(request="a")) is recordings[1]
    with pytest.raises(ReplayError, match=r"operation is 'InvokeModel', recorded 'Converse'$"):
        matcher.take(call(request="a"))
    words = "the nearest one is number 2, but the match function rejected it$"
    with pytest.raises(ReplayError, match=words):
        Matcher(recordings, match=lambda *_: False).take(call(request="a"))


def test_members_are_compared() -> None:
    one, two, any_, old = (
        replace(recording("m", None), members=members)
        for members in ({"Name": "1"}, {"Name": "2"}, {"Name": None}, None)
    )
    asked = replace(call(), members={"Name": "2"})
    assert Matcher([one, two]).take(asked) is two
    assert Matcher([one, any_, two]).take(asked) is any_
    assert Matcher([old]).take(asked) is old
    for members in ({}, {"Name": "1"}, {"Name": "2", "Other": "3"}):
        with pytest.raises(ReplayError, match=r"but members\.(Name|Other) is "):
            Matcher([two]).take(replace(call(), members=members))


@knows_async_invoke
def test_a_token_in_a_recording_is_not_compared() -> None:
    old = recording(None, {"modelId": "m", "clientRequestToken": "1"}, "StartAsyncInvoke")
    assert Matcher([old]).take(call(None, {"modelId": "m"}, "StartAsyncInvoke")) is old
