"""Every recording of Embed, Rerank, classify and summarize, through real clients of both kinds.

The recordings in ``tests/recordings/embed-rerank`` are constructed, one for each shape of the wire.
With ``--recordings DIR``, those in ``DIR/embed-rerank`` are read as well. ``raw_facts`` reads each of
them from its raw JSON, without any code of the package.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.config import Config

from clients import BODIES, PLAIN, SERVICES, arguments, with_async_client
from cohere_aws import (
    Classifications,
    CohereError,
    Embeddings,
    EmbeddingsByType,
    Mode,
    Reranking,
    ServiceError,
    Summary,
)
from cohere_aws._translations import translated
from cohere_aws.testing import Recording, replay

HERE = Path(__file__).parent / "recordings" / "embed-rerank"
MODES = {service: mode for mode, service in SERVICES.items()}
ONCE = Config(retries={"total_max_attempts": 1})
HEADERS = ("x-amzn-bedrock-input-token-count", "x-amzn-bedrock-invocation-latency")

# The key of the result in a body, and the class that reads it.
CLASSES: dict[str, Any] = {
    "embeddings": Embeddings,
    "results": Reranking,
    "classifications": Classifications,
    "summary": Summary,
    "result": Summary,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "path" in metafunc.fixturenames:
        folder = metafunc.config.getoption("--recordings")
        paths = sorted(HERE.glob("*.jsonl"))
        paths += sorted((folder / "embed-rerank").glob("*.jsonl")) if folder else []
        metafunc.parametrize("path", paths, ids=lambda path: path.stem)


# Reading the raw JSON


def raw_facts(path: Path) -> dict[str, Any]:
    """Return what a recording says, as plain values."""
    header, response = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    body = json.loads(response["text"])
    if isinstance(body, list):
        body = {"classifications": body}
    (key,) = body.keys() & CLASSES.keys() or {None}
    if key is None:
        return {"error": body.get("message") or body["error"], "status": response["response"]}
    read = {key, "id", "meta", "texts", "response_type"}
    return {
        "key": key,
        "result": RAW[key](body[key], header["request"] or {}),
        "id": body.get("id"),
        "texts": body.get("texts"),
        "response_type": body.get("response_type"),
        "meta": body.get("meta"),
        "extra": {name: body[name] for name in body if name not in read} or None,
        "usage": raw_usage(response["headers"], body.get("meta") or {}),
    }


def raw_usage(headers: dict[str, str], meta: dict[str, Any]) -> list[int | None]:
    """Return the tokens in, the tokens out, and the milliseconds."""
    billed = meta.get("billed_units", {})
    tokens, latency = (int(headers[name]) if name in headers else None for name in HEADERS)
    tokens = billed.get("input_tokens") if tokens is None else tokens
    return [tokens, billed.get("output_tokens"), latency]


def raw_results(results: list[dict[str, Any]], request: dict[str, Any]) -> list[Any]:
    found = []
    for each in results:
        document = each.get("document")
        if document is None:
            document = request["documents"][each["index"]]
            document = {"text": document} if isinstance(document, str) else document
        found.append([each["index"], each["relevance_score"], document, each.get("relevant_spans")])
    return found


def raw_labels(classifications: list[Any], _: dict[str, Any]) -> list[Any]:
    found = []
    for each in classifications:
        if not isinstance(each, dict):
            found.append([each, None, None])
        elif "input" in each:
            found.append([each["prediction"], each["confidences"], each["input"]])
        else:
            found.append([each["prediction"], each["confidence"], each["text"]])
    return found


RAW: dict[str, Any] = {
    "embeddings": lambda embeddings, _: embeddings,
    "results": raw_results,
    "classifications": raw_labels,
    "summary": lambda summary, _: summary,
    "result": lambda result, _: result,
}


# Reading with the package


def facts_of(answer: Any) -> dict[str, Any]:
    """Return the same of an answer of the package."""
    usage = answer.usage
    counts = (
        [usage.input_tokens, usage.output_tokens, usage.invocation_latency_ms] if usage else None
    )
    return {
        "result": result_of(answer),
        "id": answer.id,
        "texts": getattr(answer, "texts", None),
        "response_type": getattr(answer, "response_type", None),
        "meta": answer.meta,
        "extra": answer.extra,
        "usage": counts or [None] * 3,
    }


def result_of(answer: Any) -> Any:
    if isinstance(answer, EmbeddingsByType):
        return dict(answer)
    if isinstance(answer, Embeddings):
        return answer.embeddings
    if isinstance(answer, Summary):
        return answer.result
    if isinstance(answer, Reranking):
        return [
            [
                each.index,
                each.relevance_score,
                each.document,
                (each.extra or {}).get("relevant_spans"),
            ]
            for each in answer
        ]
    return [[each.prediction, *map_facts(each)] for each in answer]


def map_facts(found: Any) -> list[Any]:
    facts = []
    for name in ("confidence", "text"):
        try:
            facts.append(getattr(found, name))
        except ValueError:
            facts.append(None)
    return facts


def options_of(recording: Recording, kind: Any) -> dict[str, Any]:
    """Return the documents of the request, where Rerank needs them."""
    # The published sample of Rerank 3 has more documents in its answer than in its request.
    assert recording.response is not None
    if kind is not Reranking or b'"document"' in recording.response.body:
        return {}
    return {"documents": (recording.request or {})["documents"]}


def by_boto3(recording: Recording, mode: Mode, kind: Any) -> Any:
    client = boto3.client(recording.service, config=ONCE)
    body = json.dumps(recording.request or {})
    with replay(client, recording, match="order"):
        try:
            response = getattr(client, PLAIN[mode])(**arguments(mode, "target", body))
        except client.exceptions.ClientError as error:
            raise translated(error, "the call") from error
        return kind.from_response(response, mode, **options_of(recording, kind))


def by_aiobotocore(recording: Recording, mode: Mode, kind: Any) -> Any:
    async def ask(client: Any) -> Any:
        body = json.dumps(recording.request or {})
        with replay(client, recording, match="order"):
            try:
                response = await getattr(client, PLAIN[mode])(**arguments(mode, "target", body))
            except client.exceptions.ClientError as error:
                raise translated(error, "the call") from error
            response[BODIES[mode]] = io.BytesIO(await response[BODIES[mode]].read())
            return kind.from_response(response, mode, **options_of(recording, kind))

    return with_async_client(mode, ask, config=ONCE)


def by_body(recording: Recording, _: Mode, kind: Any) -> Any:
    """Read *recording* without boto3, which does not know Cohere's own platform."""
    assert recording.response is not None
    body = json.loads(recording.response.body)
    return kind.from_dict(body, **options_of(recording, kind))


def readings(recording: Recording) -> list[Any]:
    return [by_boto3, by_aiobotocore] if recording.service in MODES else [by_body]


def test_a_recording_is_read_as_its_raw_json(path: Path) -> None:
    recording, expected = Recording.load(path), raw_facts(path)
    mode = MODES.get(recording.service, Mode.SAGEMAKER)
    for read in readings(recording):
        if "error" in expected:
            for kind in dict.fromkeys(CLASSES.values()):
                if kind is Reranking:
                    continue  # the request has no documents
                with pytest.raises(ServiceError) as caught:
                    read(recording, mode, kind)
                assert expected["error"] in str(caught.value)
            continue
        kind = CLASSES[expected["key"]]
        answer = read(recording, mode, kind)
        assert facts_of(answer) == {name: expected[name] for name in expected if name != "key"}
        assert kind.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_a_recording_of_vectors_becomes_an_array(path: Path) -> None:
    expected = raw_facts(path)
    if expected.get("key") != "embeddings":
        return
    vectors = expected["result"]
    if isinstance(vectors, dict):
        vectors = vectors.get("float") or next(iter(vectors.values()))
    body = json.loads(json.loads(path.read_text(encoding="utf-8").splitlines()[1])["text"])
    assert np.array_equal(np.asarray(Embeddings.from_dict(body)), np.array(vectors))


def test_a_recording_is_not_read_as_another_answer(path: Path) -> None:
    expected = raw_facts(path)
    body = json.loads(json.loads(path.read_text(encoding="utf-8").splitlines()[1])["text"])
    kind = CLASSES.get(expected.get("key", ""))
    for other in dict.fromkeys(CLASSES.values()):
        if other is not kind:
            with pytest.raises(CohereError):
                other.from_dict(body)


def test_all_shapes_have_a_recording() -> None:
    keys = [raw_facts(path).get("key") for path in HERE.glob("*.jsonl")]
    assert {*CLASSES, None} - {"result"} == set(keys)
