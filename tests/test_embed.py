"""The request of Embed: its inputs, its limits, and batch inference."""

from __future__ import annotations

import json
from typing import Any, get_type_hints

import pytest

from cohere_aws import Client, EmbedRequest, InvalidRequestError, Mode
from cohere_aws.batch import write_line

LONG = ["a"] * 97
INPUT = {"content": [{"type": "text", "text": "a"}]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "there is no input; expected exactly one of texts, images, inputs"),
        (
            {"texts": ["a"], "inputs": [INPUT]},
            "texts and inputs are given; expected exactly one of texts, images, inputs",
        ),
        ({"texts": []}, "texts is empty; expected at least 1 item"),
        ({"texts": [], "extra": {"images": ["a"]}}, "texts is empty; expected at least 1 item"),
        ({"images": []}, "images is empty; expected at least 1 item"),
        ({"inputs": []}, "inputs is empty; expected at least 1 item"),
        ({"extra": {"k": 1}}, "there is no input; expected exactly one of texts, images, inputs"),
        (
            {"texts": LONG},
            "texts has 97 strings; expected a list of at most 96 strings; embed_many() sends any n",
        ),
        (
            {"inputs": [INPUT] * 97},
            "inputs has 97 dicts; expected a list of at most 96 dicts; to send it anyway: extra={",
        ),
        (
            {"texts": [], "images": ["a"], "truncate": 5},
            (
                "3 problems:\n  texts is empty; expected at least 1 item\n"
                "  truncate is 5; expected a string\n"
                "  texts and images are given; expected exactly one of texts, images, inputs"
            ),
        ),
        (
            {"texts": ["a"], "images": ["b"], "extra": {"texts": ["c"]}},
            "texts and images are given; expected exactly one of texts, images, inputs",
        ),
        (
            {"texts": "a secret text", "truncate": 5},
            "2 problems:\n  texts is a str of 13 characters; expected a list of at most 96 strings",
        ),
    ],
)
def test_one_kind_of_input_of_embed(given: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        EmbedRequest(**given)
    assert str(caught.value).startswith(expected)
    assert "secret" not in str(caught.value)


def test_the_workaround_for_a_limit_of_embed() -> None:
    request = EmbedRequest(extra={"inputs": [INPUT] * 97})
    assert json.loads(request.body()) == {"inputs": [INPUT] * 97}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"texts": ["a", "b"]}, ("texts", ("a", "b"))),
        ({"images": ["a"]}, ("images", ("a",))),
        ({"inputs": [INPUT]}, ("inputs", [INPUT])),
        ({"texts": ["a"], "extra": {"texts": ["b", "c"]}}, ("texts", ["b", "c"])),
        ({"extra": {"images": ["a"]}}, ("images", ["a"])),
        ({"extra": {"images": "a"}}, None),
        ({"texts": ["a"], "extra": {"images": ["a"]}}, None),
        ({"texts": ["a"], "extra": {"texts": None}}, None),
    ],
)
def test_the_inputs_that_are_sent(given: dict[str, Any], sent: object) -> None:
    assert EmbedRequest(**given)._inputs_sent() == sent


def test_bedrock_needs_an_input_type() -> None:
    request = EmbedRequest(texts=["a"])
    with pytest.raises(InvalidRequestError) as caught:
        request._arguments(Mode.BEDROCK, "body", stream=False)
    assert str(caught.value).startswith(
        "input_type is missing in Mode.BEDROCK; expected one of search_document, search_query, "
    )
    body = request._arguments(Mode.SAGEMAKER, "Body", stream=False)["Body"]
    assert json.loads(body) == {"texts": ["a"]}
    # A word that is newer than the table.
    newer = EmbedRequest(texts=["a"], extra={"input_type": "new"})
    body = newer._arguments(Mode.BEDROCK, "body", stream=False)["body"]
    assert json.loads(body) == {"texts": ["a"], "input_type": "new"}


def test_a_line_of_batch_inference() -> None:
    request = EmbedRequest(texts=["a\n"], input_type="search_document", embedding_types=["int8"])
    assert json.loads(write_line(request, "1")) == {
        "recordId": "1",
        "modelInput": {
            "texts": ["a\n"],
            "input_type": "search_document",
            "embedding_types": ["int8"],
        },
    }
    assert EmbedRequest.from_dict(json.loads(request.body())) == request
    with pytest.raises(InvalidRequestError, match=r"^input_type is missing in Mode.BEDROCK; expec"):
        write_line(EmbedRequest(texts=["a"]), "1")
    newer = EmbedRequest(texts=["a"], extra={"input_type": "new"})
    assert json.loads(write_line(newer, "1"))["modelInput"]["input_type"] == "new"


@pytest.mark.parametrize("stream", [True, False])
def test_generate_does_not_take_it(stream: bool) -> None:
    client = Client(endpoint_name="e")
    with pytest.raises(InvalidRequestError, match=r"^EmbedRequest is not for generated text; call"):
        client.generate(EmbedRequest(texts=["a"]), stream=stream)


def test_type_hints_and_the_public_module() -> None:
    assert get_type_hints(EmbedRequest)["texts"]
    assert EmbedRequest.__module__ == "cohere_aws.embed"


def test_more_than_96_inputs() -> None:
    assert len(EmbedRequest(inputs=[INPUT] * 96).inputs or ()) == 96
    with pytest.raises(InvalidRequestError, match=r"^inputs has 97 dicts"):
        EmbedRequest(inputs=[INPUT] * 97)
    with pytest.raises(InvalidRequestError, match=r"^inputs is a str of 1 character"):
        EmbedRequest(inputs="a")  # type: ignore[arg-type]
    assert EmbedRequest(images=["a"]).images == ("a",)
