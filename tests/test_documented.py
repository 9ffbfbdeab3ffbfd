"""Code written for the documented module runs after only its imports were changed."""

from __future__ import annotations

import inspect
import json
import textwrap
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cohere_aws
from cohere_aws import Mode
from strategies import Answer, answers, events, plain_answers

# Runs with the documented module of https://github.com/cohere-ai/cohere-aws, and with its copy in
# the package cohere.
EXAMPLE = """
    from {package}.generation import Generations

    response = {{
        "generations": [
            {{
                "text": " time you were",
                "token_likelihoods": [
                    {{"token": " time", "likelihood": -0.98}},
                    {{"token": " you", "likelihood": -0.16}},
                    {{"token": " were"}},
                ],
            }}
        ]
    }}
    generations = Generations.from_dict(response)
    for generation in generations:
        print("Generated text:", generation.text)
        for token_likelihood in generation.token_likelihoods:
            print(token_likelihood.token, token_likelihood.likelihood)
"""
PRINTED = "Generated text:  time you were\n time -0.98\n you -0.16\n were None\n"

STREAMING_EXAMPLE = """
    from {package}.generation import StreamingGenerations
    from {package}.mode import Mode

    stream = StreamingGenerations(response["body"], Mode.BEDROCK)
    for token in stream:
        print(token.index, repr(token.text), token.is_finished)
    print(stream.finish_reason, stream.id, stream.generations.generations[0].text)
"""
STREAM = [
    {"chunk": {"bytes": b'{"is_finished":false,"text":" I"}'}},
    {"chunk": {"bytes": b'{"is_finished":false,'}},
    {"chunk": {"bytes": b'"text":" am"}'}},
    {"chunk": {"bytes": b'{"is_finished":true,"finish_reason":"COMPLETE","response":{"id":"r",'
                        b'"generations":[{"text":" I am"}]}}'}},
]  # fmt: skip
STREAM_PRINTED = "0 ' I' False\n0 ' am' False\nCOMPLETE r  I am\n"


def run(example: str, package: str, **names: Any) -> None:
    exec(textwrap.dedent(example).format(package=package), names)


def test_an_example_for_plain_answers(capsys: pytest.CaptureFixture[str]) -> None:
    run(EXAMPLE, "cohere_aws")
    assert capsys.readouterr().out == PRINTED


def test_an_example_for_streams(capsys: pytest.CaptureFixture[str]) -> None:
    run(STREAMING_EXAMPLE, "cohere_aws", response={"body": STREAM})
    assert capsys.readouterr().out == STREAM_PRINTED


@pytest.mark.parametrize(
    ("name", "positions"),
    [
        ("TokenLikelihood", "token likelihood"),
        ("Generation", "text token_likelihoods"),
        ("Generations", "generations"),
        ("StreamingGenerations", "stream mode"),
        ("CohereError", "message http_status headers"),
    ],
)
def test_documented_arguments_have_their_positions(name: str, positions: str) -> None:
    parameters = list(inspect.signature(getattr(cohere_aws, name)).parameters.values())
    documented = positions.split()
    first, rest = parameters[: len(documented)], parameters[len(documented) :]
    assert [parameter.name for parameter in first] == documented
    assert {parameter.kind for parameter in first} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    # New arguments are optional and keyword-only.
    assert {parameter.kind for parameter in rest} <= {inspect.Parameter.KEYWORD_ONLY}
    assert inspect.Parameter.empty not in {parameter.default for parameter in rest}


def test_a_piece_has_exactly_the_documented_fields() -> None:
    assert cohere_aws.StreamingText._fields == ("index", "text", "is_finished")
    assert cohere_aws.StreamingText(0, "a", False) == (0, "a", False)  # noqa: FBT003


# The tests below need the documented module itself. It is installed with the extra "benchmark";
# tox -e documented runs them.
PACKAGE = "cohere.manually_maintained.cohere_aws"


@pytest.fixture(scope="module")
def documented() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(f"{PACKAGE}.generation", exc_type=ImportError)


@pytest.mark.usefixtures("documented")
def test_the_documented_module_prints_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    run(EXAMPLE, PACKAGE)
    run(STREAMING_EXAMPLE, PACKAGE, response={"body": STREAM})
    assert capsys.readouterr().out == PRINTED + STREAM_PRINTED


def without_new_fields(tokens: list[cohere_aws.TokenLikelihood] | None) -> str:
    """Return the repr of *tokens* without the fields that the documented class does not have."""
    if tokens is None:
        return "None"
    return repr([cohere_aws.TokenLikelihood(each.token, each.likelihood) for each in tokens])


@given(answer=plain_answers)
def test_the_documented_module_reads_the_same_plain_answers(
    documented: Any, answer: cohere_aws.Generations
) -> None:
    response = answer.to_dict()
    theirs = documented.Generations.from_dict(response)
    ours = cohere_aws.Generations.from_dict(response)
    assert [generation.text for generation in ours] == [each.text for each in theirs]
    for mine, other in zip(ours.generations, theirs.generations, strict=True):
        assert mine.text == other.text
        assert without_new_fields(mine.token_likelihoods) == repr(other.token_likelihoods)


@given(data=st.data(), answer=answers())
def test_the_documented_module_reads_the_same_streams(
    documented: Any, data: st.DataObject, answer: Answer
) -> None:
    # The documented module reads whole items only, one in each event, and no text in the last one.
    items = [item for item in answer.items if not (item.get("is_finished") and item.get("text"))]
    mode = data.draw(st.sampled_from(Mode))
    source = events([json.dumps(item).encode() for item in items], mode)
    theirs = documented.StreamingGenerations(source, documented.Mode[mode.name])
    ours = cohere_aws.StreamingGenerations(source, mode)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the streams whose last item is left out above
        mine = list(ours)
    assert [(each.index, each.text) for each in mine] == [
        (each.index, each.text) for each in theirs
    ]
    assert all(bool(each.is_finished) is False for each in mine)
    assert (ours.id, ours.payload_key) == (theirs.id, theirs.payload_key)
    if theirs.generations is not None:
        assert ours.generations is not None
        assert [
            (each.text, without_new_fields(each.token_likelihoods)) for each in ours.generations
        ] == [(each.text, repr(each.token_likelihoods)) for each in theirs.generations]
        assert ours.finish_reason == theirs.finish_reason
