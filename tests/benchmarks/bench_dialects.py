"""Benchmarks of the dialects: each against ``json.loads``, and against the client of its users.

The clients parse the same bytes: ``text-generation`` those of TGI, AWS's idiom of a line iterator
those of LMI, ``openai`` those of chat completions, ``ai21`` a body of Jurassic-2. The data is
constructed. Run them by ``pytest tests/benchmarks/bench_dialects.py``.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from cohere_aws import Generations, Mode, StreamingGenerations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.conftest import Figures

COUNT = 5000
TOKEN = {"id": 1128, "text": " pieces", "logprob": -5.6796875, "special": False}
DETAILS = {"finish_reason": "length", "generated_tokens": COUNT, "seed": None, "input_length": 5}


def tgi_items() -> list[dict[str, Any]]:
    items = [
        {"index": number, "token": TOKEN, "generated_text": None, "details": None}
        for number in range(1, COUNT + 1)
    ]
    items[-1] |= {"generated_text": " pieces" * COUNT, "details": DETAILS}
    return items


def lmi_items() -> list[dict[str, Any]]:
    token = {"id": 1128, "text": " pieces", "log_prob": -5.6796875}
    items: list[dict[str, Any]] = [{"token": token} for _ in range(COUNT)]
    items[-1] |= {"generated_text": " pieces" * COUNT, "details": DETAILS}
    return items


def chat_items() -> list[dict[str, Any]]:
    def chunk(delta: dict[str, str], reason: str | None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {
            "object": "chat.completion.chunk",
            "id": "",
            "created": 1736953800,
            "model": "model",
            "choices": [choice],
        }

    delta = {"role": "assistant", "content": " pieces"}
    return [chunk(delta, None)] * (COUNT - 1) + [chunk({"content": ""}, "stop")]


def jurassic_body() -> dict[str, Any]:
    def token(number: int) -> dict[str, Any]:
        generated = {"token": "\u2581pieces", "logprob": -1.5, "raw_logprob": -1.25}
        place = {"start": 7 * number, "end": 7 * number + 7}
        return {"generatedToken": generated, "topTokens": None, "textRange": place}

    data = {"text": " pieces" * COUNT, "tokens": [token(number) for number in range(COUNT)]}
    answer = {"data": data, "finishReason": {"reason": "endoftext"}}
    prompt = {"text": "hello", "tokens": []}
    return {"id": 1234, "prompt": prompt, "completions": [answer]}


def events(payloads: Iterable[bytes]) -> list[dict[str, Any]]:
    return [{"PayloadPart": {"Bytes": payload}} for payload in payloads]


def ours(parts: list[dict[str, Any]]) -> int:
    return sum(1 for _ in StreamingGenerations(parts, Mode.SAGEMAKER, strict=True))


def bare(payloads: list[bytes]) -> None:
    for payload in payloads:
        json.loads(payload)


def by_text_generation() -> Callable[[list[bytes]], Any]:
    """Parse events as ``text_generation.Client.generate_stream`` does."""
    types = pytest.importorskip("text_generation.types")

    def parse(lines: list[bytes]) -> None:
        for line in lines:
            text = line.decode().lstrip("data:").rstrip("\n")  # noqa: B005  # as it does
            types.StreamResponse(**json.loads(text))

    return parse


def by_line_iterator() -> Callable[[list[bytes]], Any]:
    """Parse lines by the ``LineIterator`` of AWS's examples, whose buffer grows."""

    def parse(parts: list[bytes]) -> None:
        buffer, position = io.BytesIO(), 0
        for part in parts:
            buffer.seek(0, io.SEEK_END)
            buffer.write(part)
            buffer.seek(position)
            line = buffer.readline()
            if line.endswith(b"\n"):
                position += len(line)
                json.loads(line[:-1].decode())

    return parse


def by_openai() -> Callable[[list[bytes]], Any]:
    """Parse events as ``openai.Stream`` does."""
    models = pytest.importorskip("openai._models")
    chat = pytest.importorskip("openai.types.chat")

    def parse(lines: list[bytes]) -> None:
        for line in lines:
            data = json.loads(line.decode().removeprefix("data: "))
            models.construct_type(type_=chat.ChatCompletionChunk, value=data)

    return parse


CLIENTS = {
    "TGI": (tgi_items, "data: %b\n\n", by_text_generation, "text-generation"),
    "LMI": (lmi_items, "%b\n", by_line_iterator, "the LineIterator of AWS"),
    "chat completions": (chat_items, "data: %b\n\n", by_openai, "openai"),
}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_stream_of_a_dialect(name: str, figures: Figures) -> None:
    items, form, _, _ = CLIENTS[name]
    values = [json.dumps(item, separators=(",", ":")).encode() for item in items()]
    parts = events([form.encode() % value for value in values])
    ratio = figures.versus(lambda: ours(parts), lambda: bare(values), rounds=21)
    work = f"{COUNT:,} events of {name}, against bare json.loads of the same values"
    figures.row(work, f"{ratio:.2f} x the time", "<= 1.5", met=ratio <= 1.5)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_stream_against_the_client_of_its_users(name: str, figures: Figures) -> None:
    items, form, client, title = CLIENTS[name]
    parse = client()
    values = [json.dumps(item, separators=(",", ":")).encode() for item in items()]
    lines = [form.encode() % value for value in values]
    parts = events(lines)
    ratio = figures.versus(lambda: ours(parts), lambda: parse(lines), rounds=11)
    work = f"the same of {name}, against {title}"
    figures.row(work, f"{ratio:.2f} x the time", "< 1", met=ratio < 1)


def test_a_body_of_jurassic(figures: Figures) -> None:
    data = json.dumps(jurassic_body()).encode()
    ratio = figures.versus(
        lambda: Generations.from_dict(json.loads(data)), lambda: json.loads(data), rounds=21
    )
    work = f"a body of Jurassic-2 with {COUNT:,} tokens, against bare json.loads"
    figures.row(work, f"{ratio:.2f} x the time", "", met=None)


def test_a_body_of_jurassic_against_the_package_ai21(figures: Figures) -> None:
    theirs = pytest.importorskip("ai21.ai21_object").construct_ai21_object
    body = jurassic_body()
    ratio = figures.versus(lambda: Generations.from_dict(body), lambda: theirs(body), rounds=11)
    figures.row(
        "the same, decoded, against ai21 1.3.4", f"{ratio:.2f} x the time", "< 1", met=ratio < 1
    )
