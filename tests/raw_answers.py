"""Read a recording from its raw JSON, in the plainest way, and without any code of the package.

It is slow and knows only what the recordings have. The tests compare it with what the package reads.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from raw_chats import raw_chat

if TYPE_CHECKING:
    from pathlib import Path

OK = 200
METRICS = "amazon-bedrock-invocationMetrics"
HEADERS = ("x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count")


@dataclass
class RawGeneration:
    """One generation; its tokens are pairs of a text and a likelihood."""

    text: str = ""
    finish_reason: str | None = None
    tokens: list[tuple[str, float | None]] | None = None
    content: list[dict[str, Any]] | None = None


@dataclass
class RawAnswer:
    """An answer; ``error`` has the words of an error, and ``usage`` the tokens in and out."""

    dialect: str | None = None
    generations: list[RawGeneration] = field(default_factory=list)
    usage: tuple[int | None, int | None] = (None, None)
    error: str | None = None


def payload_of(path: Path) -> bytes:
    """Return the bytes of the answer in a recording, from one end to the other."""
    _, *answers = _lines_of(path)
    return b"".join(
        each["text"].encode() if "text" in each else base64.b64decode(each["base64"])
        for each in answers
        if "response" in each or "event" in each
    )


def _lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def items_of(payload: bytes) -> list[Any]:
    """Return the JSON values in *payload*, and the objects of one that is an array."""
    text, position, found = payload.decode(), 0, []
    while start := re.compile(r"\[DONE\]|[{[]").search(text, position):
        position = start.end()
        if start[0] == "[DONE]":
            continue
        item, position = json.JSONDecoder().raw_decode(text, start.start())
        found += item if isinstance(item, list) else [item]
    return found


def raw_answer(path: Path) -> RawAnswer:
    """Return the answer in a recording."""
    header, response, *_ = _lines_of(path)
    items = items_of(payload_of(path))
    first = items[0]
    if response.get("response", OK) != OK:
        return RawAnswer(error=_words(first))
    if header["operation"].startswith("Converse"):
        return _converse_stream(_lines_of(path)[1:]) if "event" in response else _converse(first)
    answer = _read(items, header)
    for item in items:
        is_chat = answer.dialect == "chat"
        if not is_chat and answer.error is None and item.keys() & {"error", "message", "err"}:
            answer.error = _words(item)
    headers = response.get("headers", {})
    if HEADERS[0] in headers:
        answer.usage = (int(headers[HEADERS[0]]), int(headers[HEADERS[1]]))
    return answer


def _read(items: list[dict[str, Any]], header: dict[str, Any]) -> RawAnswer:
    first = items[0]
    if chat := raw_chat(items):
        whole = RawGeneration(chat.joined, chat.finish_reason)
        return RawAnswer(chat.dialect, [whole], chat.usage[:2])
    if "choices" in first:
        return _completions(items)
    if "completions" in first:
        return _jurassic(first)
    if first.keys() & {"token", "generated_text", "outputs"}:
        return _tgi(items, (header["request"] or {}).get("inputs") or "")
    if first.keys() & {"error", "message"}:
        return RawAnswer()
    return _command(items)


def _words(item: dict[str, Any]) -> str:
    original = item.get("OriginalMessage")
    if original and original.startswith("{"):
        return _words(json.loads(original))
    words = item.get("message") or item.get("error") or item.get("err") or item.get("Message")
    return str(words.get("message", words) if isinstance(words, dict) else words)


def _command(items: list[dict[str, Any]]) -> RawAnswer:
    answer = RawAnswer("command")
    whole = [each.get("response", each).get("generations") for each in items]
    whole = [each for each in whole if each]
    if whole:
        answer.generations = [
            RawGeneration(
                each["text"],
                each.get("finish_reason"),
                _command_tokens(each.get("token_likelihoods")),
            )
            for each in whole[0]
        ]
    else:
        found: dict[int, RawGeneration] = {}
        for item in items:
            if item.get("text"):
                generation = found.setdefault(item.get("index", 0), RawGeneration())
                generation.text += item["text"].replace("<EOS_TOKEN>", "")
        ends = [each for each in items if each.get("is_finished")]
        for index, generation in found.items():
            own = [each["finish_reason"] for each in ends if each.get("index") == index]
            last = [each.get("finish_reason") for each in ends]
            generation.finish_reason = own[0] if own else last[-1] if last else None
        answer.generations = [found[index] for index in sorted(found)]
    for item in items:
        metrics = item.get(METRICS) or item.get("response", {}).get(METRICS)
        if metrics:
            answer.usage = (metrics.get("inputTokenCount"), metrics.get("outputTokenCount"))
    return answer


def _command_tokens(tokens: list[dict[str, Any]] | None) -> Any:
    if tokens is None:
        return None
    return [
        (each["token"], each.get("likelihood")) if "token" in each else next(iter(each.items()))
        for each in tokens
    ]


def _tgi(items: list[dict[str, Any]], prompt: str) -> RawAnswer:
    answer, counts, lengths = RawAnswer("tgi"), [], []
    found: dict[int, RawGeneration] = {}
    for place, item in enumerate(items):
        for index, text in enumerate(item.get("outputs", ())):
            found.setdefault(index, RawGeneration()).text += text
        token = item.get("token")
        index = 0
        if token:
            index = item.get("index", 0) if "special" not in token and "logprob" in token else 0
            generation = found.setdefault(index, RawGeneration(tokens=[]))
            generation.text += "" if token.get("special") else token.get("text", "")
            assert generation.tokens is not None
            generation.tokens.append(_tgi_token(token))
        details = item.get("details") or {}
        if details.get("finish_reason") == "error":
            answer.error = token.get("error_msg", "finish_reason error")
            assert generation.tokens
            generation.tokens.pop()  # of the error
            break
        if item.get("generated_text") is None:
            continue
        sequences = [(item["generated_text"], details)]
        sequences += [
            (each["generated_text"], each) for each in details.get("best_of_sequences") or ()
        ]
        for number, (text, facts) in enumerate(sequences):
            generation = found.setdefault(index + number, RawGeneration())
            if facts.get("tokens"):
                generation.tokens = [_tgi_token(each) for each in facts["tokens"]]
            if len(found) > 1 and token:
                text = generation.text  # noqa: PLW2901  # LMI mixes the texts of several
            has_proof = generation.tokens and text.startswith(prompt) and prompt
            generation.text = text[len(prompt) :] if has_proof else text
            generation.finish_reason = facts.get("finish_reason")
            # LMI with vLLM counts the last token twice, so the tokens of a stream are counted here.
            is_counted = facts.get("generated_tokens") is not None
            if is_counted:
                counts.append(len(generation.tokens or ()) if token else facts["generated_tokens"])
            lengths += [facts["input_length"]] if facts.get("input_length") else []
        assert place == len(items) - 1 or len(found) > 1
    answer.generations = [found[index] for index in sorted(found)]
    answer.usage = (sum(lengths) if lengths else None, sum(counts) if counts else None)
    return answer


def _tgi_token(token: dict[str, Any]) -> tuple[str, float | None]:
    return token.get("text", ""), token.get("logprob", token.get("log_prob", 0.0))


def _completions(items: list[dict[str, Any]]) -> RawAnswer:
    answer = RawAnswer("completions")
    found: dict[int, RawGeneration] = {}
    for item in items:
        for choice in item.get("choices", ()):
            generation = found.setdefault(choice["index"], RawGeneration())
            message = choice.get("message") or choice.get("delta") or choice
            generation.text += message.get("content", message.get("text")) or ""
            generation.finish_reason = choice.get("finish_reason") or generation.finish_reason
            tokens = (choice.get("logprobs") or {}).get("content")
            if tokens:
                earlier = generation.tokens or []
                generation.tokens = [*earlier, *((t["token"], t["logprob"]) for t in tokens)]
        if usage := item.get("usage"):
            answer.usage = (usage["prompt_tokens"], usage["completion_tokens"])
    answer.generations = [found[index] for index in sorted(found)]
    return answer


def _jurassic(body: dict[str, Any]) -> RawAnswer:
    answer = RawAnswer("jurassic")
    for each in body["completions"]:
        data = each["data"]
        parts, tokens = [], []
        for token in data["tokens"]:
            place = token["textRange"]
            parts.append(data["text"][place["start"] : place["end"]])
        # The text of some recordings was edited, so that the ranges are those of another text.
        is_edited = place["end"] > len(data["text"])
        for token, part in zip(data["tokens"], parts, strict=True):
            generated = token["generatedToken"]
            text = generated["token"]
            if is_edited:
                text = text.replace("▁", " ").replace("<|newline|>", "\n")
            elif text != "<|endoftext|>":
                text = part
            tokens.append((text, generated.get("raw_logprob", generated["logprob"])))
        answer.generations.append(
            RawGeneration(data["text"], each["finishReason"]["reason"], tokens)
        )
    count = sum(len(each.tokens or ()) for each in answer.generations)
    answer.usage = (len(body["prompt"]["tokens"]), count)
    return answer


def _converse(body: dict[str, Any]) -> RawAnswer:
    """Return an answer of Converse. boto3 drops some of its fields, which are not read here."""
    text, blocks = "", body["output"]["message"]["content"]
    for block in blocks:
        text += block.get("text", "")
        for part in block.get("citationsContent", {}).get("content", []):
            text += part.get("text", "")
        redacted = block.get("reasoningContent", {}).get("redactedContent")
        if redacted is not None:
            block["reasoningContent"]["redactedContent"] = base64.b64decode(redacted)
        source = block.get("image", {}).get("source", {})
        if "bytes" in source:
            source["bytes"] = base64.b64decode(source["bytes"])
    usage = body.get("usage") or {}
    return RawAnswer(
        "converse",
        [RawGeneration(text, body.get("stopReason"), content=blocks)],
        (usage.get("inputTokens"), usage.get("outputTokens")),
    )


def _converse_stream(lines: list[dict[str, Any]]) -> RawAnswer:
    blocks: dict[int, dict[str, Any]] = {}
    facts: dict[str, Any] = {}
    for line in lines:
        detail = json.loads(line.get("text", "{}"))
        if line.get("event") in {"messageStop", "metadata"}:
            facts |= detail
        if "start" in detail:
            blocks[detail["contentBlockIndex"]] = detail["start"]
        if "delta" in detail:
            _add_delta(blocks.setdefault(detail["contentBlockIndex"], {}), detail["delta"])
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = _json_or_words(block["toolUse"].get("input", ""))
        if "toolResult" in block:
            block["toolResult"].setdefault("content", [])
        if "citations" in block:
            texts = [{"text": block.pop("text")}] if "text" in block else []
            block["citationsContent"] = {"content": texts, "citations": block.pop("citations")}
    content = [blocks[index] for index in sorted(blocks)]
    return _converse({**facts, "output": {"message": {"content": content}}})


def _add_delta(block: dict[str, Any], delta: dict[str, Any]) -> None:
    ((kind, value),) = delta.items()
    if kind == "text":
        block["text"] = block.get("text", "") + value
    elif kind == "citation":
        block.setdefault("citations", []).append(value)
    elif kind == "toolResult":
        block[kind].setdefault("content", []).extend(value)
    elif kind == "toolUse":
        block[kind]["input"] = block[kind].get("input", "") + value["input"]
    elif kind == "image":
        block[kind].update(value)
    elif "redactedContent" in value:
        block["reasoningContent"] = value
    else:
        reasoning = block.setdefault("reasoningContent", {"reasoningText": {"text": ""}})
        for key, text in value.items():
            reasoning["reasoningText"][key] = reasoning["reasoningText"].get(key, "") + text


def _json_or_words(text: str) -> Any:
    try:
        return json.loads(text or "{}")
    except ValueError:
        return text
