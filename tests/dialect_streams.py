"""Constructed answers of each dialect, as its servers write them, and the pieces in each item.

``ANSWERS`` has one row for each dialect. ``test_laws`` tests the laws of streams with them. Numbers
and names are unique within an answer, so that a lost one is not mistaken for another one.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from chats import Items, body_1, body_2, items_1, items_2, replies
from converse_messages import body_of, events_of, messages, text_of
from strategies import METRICS, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cohere_aws._dialects import DialectName

    Tokens = list[tuple[int, str]]  # the generation of each token, and its text


@dataclass
class Step:
    """One item of a stream.

    Attributes:
        item: The item.
        pieces: Its pieces: the generation and the text of each.
        is_after_end: Whether the answer is whole before this item.
    """

    item: Any
    pieces: list[tuple[int, str]] = field(default_factory=list)
    is_after_end: bool = False


@dataclass
class Row:
    """The streams of one dialect.

    Attributes:
        streams: A strategy of streams. The answer is whole after the last item before those with
            ``is_after_end``.
        unmarked: The same, of streams that have no last item. Their end ends the answer.
        not_kept: The keys of fields that the dialect reads but does not keep, as documented.
    """

    streams: st.SearchStrategy[list[Step]]
    unmarked: st.SearchStrategy[list[Step]] | None = None
    not_kept: frozenset[str] = frozenset()


@st.composite
def _tokens(draw: st.DrawFn, *, count: int | None = None) -> Tokens:
    """Draw the tokens of one to three generations, each of which begins, and may then be mixed."""
    count = draw(st.integers(1, 3)) if count is None else count
    order = [*range(count), *draw(st.lists(st.integers(0, count - 1), min_size=2, max_size=6))]
    return [(index, draw(texts)) for index in order]


def _joined(tokens: Tokens) -> dict[int, str]:
    """Return the text of each generation."""
    found: dict[int, str] = {}
    for index, text in tokens:
        found[index] = found.get(index, "") + text
    return found


@st.composite
def command_streams(draw: st.DrawFn) -> list[Step]:
    """Draw a stream of Cohere's Command models, with metrics of Bedrock."""
    tokens = draw(_tokens().filter(lambda found: "<EOS_TOKEN>" not in str(_joined(found))))
    steps = [
        Step({"index": index, "is_finished": False, "text": text}, [(index, text)])
        for index, text in tokens
    ]
    if draw(st.booleans()):
        for step in steps:
            step.item["event_type"] = "text-generation"
    steps += [
        Step({"index": index, "is_finished": True, "finish_reason": f"REASON_{index}"})
        for index in _joined(tokens)
    ]
    last = {"is_finished": True, "finish_reason": "COMPLETE"}
    counts = {"inputTokenCount": 1001, "outputTokenCount": 1002, "newCount": 1003}
    ending = draw(st.sampled_from(["metrics", "response", "body"]))
    if ending == "response":
        last["response"] = _command_body(tokens)
        steps.append(Step(last))
    elif ending == "body":
        return [Step(_command_body(tokens), [*_joined(tokens).items()])]
    else:
        steps.append(Step({**last, METRICS: counts}))
    return steps


def _command_body(tokens: Tokens) -> dict[str, Any]:
    """Return a plain body, which may also be the only item of a stream."""
    generations = [
        {
            "id": f"generation {index}",
            "text": text,
            "finish_reason": f"REASON_{index}",
            "token_likelihoods": [{"token": text, "likelihood": -1000.5 - index}],
        }
        for index, text in _joined(tokens).items()
    ]
    return {"id": "response 1", "prompt": "a prompt", "generations": generations}


@st.composite
def tgi_streams(draw: st.DrawFn) -> list[Step]:
    """Draw a stream of TGI, or of LMI: with its own engine, or with vLLM."""
    # TGI is drawn most often, because its items vary most.
    server = draw(st.sampled_from(["TGI", "TGI", "TGI", "LMI", "vLLM"]))
    tokens = draw(_tokens(count=None if server == "vLLM" else 1))
    last = {index: place for place, (index, _) in enumerate(tokens)}
    # The ends come after all pieces, so that only the last item makes the answer whole.
    tokens += [(index, draw(texts)) for index in last]
    steps: list[Step] = []
    for place, (index, text) in enumerate(tokens):
        token: dict[str, Any] = {"id": 1000 + place, "text": text}
        special = server == "TGI" and draw(st.booleans())
        token["log_prob" if server == "LMI" else "logprob"] = -2000.5 - place
        item: dict[str, Any] = {"token": token}
        if server == "TGI":
            token["special"] = special
            item |= {"index": place + 1, "generated_text": None, "details": None}
            if draw(st.booleans()):
                item["top_tokens"] = [{**token, "id": 3000 + place, "logprob": -3000.5 - place}]
        elif server == "vLLM":
            item["index"] = index
        steps.append(Step(item, [(index, "" if special else text)]))
    whole = _joined([piece for step in steps for piece in step.pieces])
    for index, step in zip(last, steps[-len(last) :], strict=True):
        step.item["generated_text"] = whole[index]
        step.item["details"] = {
            "finish_reason": draw(st.sampled_from(["length", "eos_token", "stop_sequence"])),
            "generated_tokens": sum(each == index for each, _ in tokens),
            "seed": 4000 + index,
        }
        if server == "TGI" and draw(st.booleans()):
            step.item["details"]["input_length"] = 5000
    return steps


@st.composite
def tgi_bodies(draw: st.DrawFn) -> list[Step]:
    """Draw a plain body of TGI, as the only item of a stream."""
    text = draw(texts.filter(len))
    token = {"id": 1000, "text": text, "logprob": -1000.5, "special": False}
    details = {
        "finish_reason": "length",
        "generated_tokens": 1,
        "seed": 4000,
        "prefill": [{"id": 1001, "text": "prompt", "logprob": None}],
        "tokens": [token],
    }
    return [Step([{"generated_text": text, "details": details}], [(0, text)])]


@st.composite
def lmi_outputs(draw: st.DrawFn) -> list[Step]:
    """Draw a stream of LMI 0.23 to 0.25, which has no last item."""
    count = draw(st.integers(1, 3))
    rows = draw(st.lists(st.lists(texts, min_size=count, max_size=count), min_size=1, max_size=4))
    return [Step({"outputs": row}, [*enumerate(row)]) for row in rows]


@st.composite
def completions_streams(draw: st.DrawFn) -> list[Step]:
    """Draw a stream of chat completions, with several choices, tools and usage."""
    tokens = draw(_tokens())
    head = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1700,
        "model": "a model",
    }
    has_tokens, has_tools = draw(st.booleans()), draw(st.booleans())
    steps: list[Step] = []
    for place, (index, text) in enumerate(tokens):
        choice: dict[str, Any] = {"index": index, "delta": {"role": "assistant", "content": text}}
        if has_tokens:
            top = {"token": f"other {place}", "logprob": -2000.5 - place}
            token = {"token": text, "logprob": -1000.5 - place, "top_logprobs": [top]}
            choice["logprobs"] = {"content": [token]}
        has_piece = bool(text or has_tokens)
        steps.append(Step({**head, "choices": [choice]}, [(index, text)] if has_piece else []))
    if has_tools:
        calls: list[dict[str, Any]] = [
            {"index": 0, "id": "call 1", "type": "function", "function": {"name": "a tool", "arguments": '{"a'}},
            {"index": 0, "function": {"arguments": '": [1234]}'}},
        ]  # fmt: skip
        for call in calls:
            choice = {"index": 0, "delta": {"tool_calls": [call]}}
            steps.append(Step({**head, "choices": [choice]}))
    for index in _joined(tokens):
        choice = {
            "index": index,
            "delta": {},
            "finish_reason": "tool_calls" if has_tools else "stop",
        }
        steps.append(Step({**head, "choices": [choice]}))
    usage = {"prompt_tokens": 1000, "completion_tokens": 1001, "total_tokens": 1002}
    if draw(st.booleans()):
        steps.append(Step({**head, "choices": [], "usage": usage}, is_after_end=True))
    else:
        steps[-1].item["usage"] = usage
    return steps


@st.composite
def completions_bodies(draw: st.DrawFn) -> list[Step]:
    """Draw a plain body of chat completions or text completions, as the only item of a stream."""
    joined, is_chat = _joined(draw(_tokens())), draw(st.booleans())
    choices = []
    for index, text in joined.items():
        answer = {"message": {"role": "assistant", "content": text}} if is_chat else {"text": text}
        choices.append({"index": index, "finish_reason": "length", **answer})
    usage = {"prompt_tokens": 1000, "completion_tokens": 1001, "total_tokens": 1002}
    body = {"id": "cmpl-1", "model": "a model", "choices": choices, "usage": usage}
    return [Step(body, [(index, text) for index, text in joined.items() if text])]


@st.composite
def jurassic_streams(draw: st.DrawFn) -> list[Step]:
    """Draw a plain body of Jurassic-2, as the only item of a stream."""
    numbers = itertools.count(1000)

    def tokens_of(text: str) -> list[dict[str, Any]]:
        top = {"token": f"other {next(numbers)}", "logprob": -0.5 - next(numbers)}
        return [
            {
                "generatedToken": {
                    "token": text.replace(" ", "▁").replace("\n", "<|newline|>"),
                    "logprob": -0.5 - next(numbers),
                    "raw_logprob": -0.5 - next(numbers),
                },
                "topTokens": draw(st.sampled_from([None, "None", [top]])),
                "textRange": {"start": 0, "end": len(text)},
            }
        ]

    joined = _joined(draw(_tokens()))
    prompt = draw(texts)
    completions = [
        {
            "data": {"text": text, "tokens": tokens_of(text)},
            "finishReason": draw(
                st.sampled_from(
                    [
                        {"reason": "length", "length": 1234},
                        {"reason": "stop", "sequence": "##"},
                        {"reason": "endoftext"},
                    ]
                )
            ),
        }
        for text in joined.values()
    ]
    body = {
        "id": draw(st.sampled_from([1234, "a name"])),
        "prompt": {"text": prompt, "tokens": tokens_of(prompt)},
        "completions": completions,
    }
    return [Step(body, [*enumerate(joined.values())])]


@st.composite
def converse_streams(draw: st.DrawFn) -> list[Step]:
    """Draw a stream of Converse, with its events as JSON, as Amazon Nova writes them."""
    metadata: dict[str, Any] = {
        "usage": {
            "inputTokens": 5001,
            "outputTokens": 5002,
            "totalTokens": 5003,
            "cacheReadInputTokens": 5004,
            "cacheDetails": [{"ttl": "an hour", "inputTokens": 5005}],
        },
        "metrics": {"latencyMs": 5006},
    }
    if draw(st.booleans()):
        metadata |= {"trace": {"guardrail": {"actionReason": "a reason"}}}
    steps = [Step(event) for event in draw(events_of(draw(messages()), metadata))]
    for step in steps:
        text = step.item.get("contentBlockDelta", {}).get("delta", {}).get("text")
        step.pieces = [(0, text)] if text else []
    if "metadata" in steps[-1].item:
        steps[-1].is_after_end = True
        if draw(st.booleans()):
            steps[-1].item[METRICS] = {"firstByteLatency": 5007, "newCount": 5008}
    else:
        fields = {"additionalModelResponseFields": {"/stop_sequence": "a sequence"}}
        steps[-1].item["messageStop"] |= fields
    return steps


@st.composite
def converse_bodies(draw: st.DrawFn) -> list[Step]:
    """Draw a plain body of Converse, as the only item of a stream."""
    content = draw(messages())
    usage = {"inputTokens": 5001, "outputTokens": 5002, "serverToolUsage": {"searches": 5003}}
    body = body_of(content, usage=usage, metrics={"latencyMs": 5004}, serviceTier={"type": "flex"})
    text = text_of(content)
    return [Step(body, [(0, text)] if text else [])]


def _steps(items: Items) -> list[Step]:
    return [Step(item, [(0, text)] if text else []) for item, text in items]


@st.composite
def command_chats(draw: st.DrawFn) -> list[Step]:
    """Draw a stream of Cohere's chat v1, or a plain body of it."""
    reply = draw(replies())
    if draw(st.booleans()):
        body = body_1(reply)
        return [Step(body, [(0, body["text"])])]
    steps = _steps(items_1(reply, is_bare=draw(st.booleans())))
    for step in steps:
        if step.item["event_type"] == "text-generation":
            step.pieces = [(0, step.item["text"])]  # also if it is empty
    if draw(st.booleans()):
        steps[-1].item[METRICS] = {"firstByteLatency": 7006, "newCount": 7007}
    return steps


@st.composite
def chat_streams(draw: st.DrawFn) -> list[Step]:
    """Draw a stream of Cohere's chat v2, or a plain body of it."""
    reply = draw(replies())
    metrics = {METRICS: {"firstByteLatency": 7006, "newCount": 7007}}
    if draw(st.booleans()):
        return [Step(body_2(reply), [(0, reply.text)] if reply.text else [])]
    steps = _steps(items_2(reply, has_index=draw(st.booleans())))
    if draw(st.booleans()):
        steps.insert(-1, Step({"type": "debug", "prompt": "a prompt"}))
    if draw(st.booleans()):
        steps[-1].item["delta"]["error"] = "words about an error"
    ending = draw(st.sampled_from(["none", "beside", "after"]))
    if ending == "beside":
        steps[-1].item |= metrics
    elif ending == "after":
        steps.append(Step(metrics, is_after_end=True))
    return steps


ANSWERS: Mapping[DialectName, Row] = {
    "command": Row(
        command_streams() | command_chats(), not_kept=frozenset(("is_finished", "event_type"))
    ),
    "tgi": Row(
        tgi_streams() | tgi_bodies(),
        unmarked=lmi_outputs(),
        # The index counts tokens, and the counts of several generations are added up.
        not_kept=frozenset(("index", "generated_tokens")),
    ),
    "completions": Row(completions_streams() | completions_bodies()),
    # The string "None" stands for null.
    "jurassic": Row(jurassic_streams(), not_kept=frozenset(("topTokens",))),
    # The input of a tool is parsed: its string is not kept. "p" is padding.
    "converse": Row(
        converse_streams() | converse_bodies(),
        not_kept=frozenset(("contentBlockIndex", "role", "p", "input")),
    ),
    "chat": Row(chat_streams(), not_kept=frozenset(("type", "index"))),
}


@st.composite
def framed(draw: st.DrawFn, steps: list[Step]) -> list[bytes]:
    """Draw a way to send *steps*; each part ends with the last byte of an item.

    The ways are server-sent events with and without a space, JSON Lines, and objects one after the
    other. All but the last part thus begin with a separator. The last part is the end of the stream.
    """
    before, after, end = draw(
        st.sampled_from(
            [
                (b"data:", b"\n\n", b""),
                (b"data: ", b"\n\n", b"data: [DONE]\n\n"),
                (b"event: message\r\nid: 1\r\ndata: ", b"\r\n\r\n", b""),
                (b": a comment\ndata: ", b"\n\n", b"data:[DONE]"),
                (b"", b"\n", b""),
                (b"", b"", b""),
            ]
        )
    )
    is_ascii, separator, parts = draw(st.booleans()), b"", []
    for step in steps:
        text = json.dumps(step.item, ensure_ascii=is_ascii)
        parts.append(separator + before + text.encode())
        separator = after
    return [*parts, separator + end]


def objects_in(value: object) -> Iterator[dict[str, Any]]:
    """Yield each object in *value*, and itself if it is one."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from objects_in(each)


def leaves(value: object, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield each string, number and flag in *value* as text, except in fields *without*."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key not in without or isinstance(each, (dict, list)):
                yield from leaves(each, without)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, without)
    elif value is not None and value != "":
        yield str(value)
