"""Lines of batch inference: written, read, and malformed. All lines here are constructed."""

from __future__ import annotations

import copy
import gzip
import io
import json
import pickle
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import (
    ChatRequest,
    ChatV2Request,
    CohereError,
    CompletionsRequest,
    ConverseRequest,
    GenerateRequest,
    Generations,
    IncompleteStreamError,
    InferenceConfiguration,
    InvalidRequestError,
    JurassicRequest,
    MalformedStreamError,
    ServiceError,
    StreamError,
    TgiRequest,
)
from cohere_aws.batch import BatchRecord, read_line, read_lines, write_line
from cohere_aws.embeddings import Embeddings, EmbeddingsByType
from strategies import PLAIN, command_body, plain_answers, texts, values

if TYPE_CHECKING:
    from pathlib import Path

    from cohere_aws._request import Request

SECRET = "a secret prompt"
INPUT = {"prompt": SECRET}
ANSWER = {"generations": [{"text": " It flows."}]}
SUCCESS = {"modelInput": INPUT, "modelOutput": ANSWER, "recordId": "CALL0000001"}
FAILURE = {
    "modelInput": INPUT,
    "error": {"errorCode": 400, "errorMessage": "bad request"},
    "recordId": "CALL0000002",
}
MANIFEST = {
    "totalRecordCount": 2,
    "processedRecordCount": 2,
    "successRecordCount": 1,
    "errorRecordCount": 1,
    "inputTokenCount": 30,
    "outputTokenCount": 54,
}

# A plain body of each dialect, with its text. Converse's is that of a job of the type Converse.
BODIES: list[tuple[str, Any, str]] = [
    ("command", PLAIN, " time"),
    (
        "command",  # the text of Cohere's chat, version 1
        {
            "response_id": "r",
            "text": "Hi!",
            "generation_id": "g",
            "chat_history": [],
            "finish_reason": "COMPLETE",
        },
        "Hi!",
    ),
    (
        "chat",
        {
            "id": "c",
            "message": {"role": "assistant", "content": [{"type": "text", "text": "Hi!"}]},
            "finish_reason": "COMPLETE",
            "usage": {"tokens": {"input_tokens": 1, "output_tokens": 2}},
        },
        "Hi!",
    ),
    ("tgi", {"generated_text": "It flows."}, "It flows."),
    ("tgi", [{"generated_text": "It flows."}], "It flows."),
    ("completions", {"choices": [{"message": {"content": "It flows."}}]}, "It flows."),
    ("jurassic", {"completions": [{"data": {"text": "It flows."}}]}, "It flows."),
    (
        "converse",
        {
            "metrics": {"latencyMs": 624},
            "output": {"message": {"content": [{"text": "It flows."}], "role": "assistant"}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 13, "outputTokens": 67, "totalTokens": 80},
        },
        "It flows.",
    ),
]

record_ids = texts.filter(len)
generate_requests = st.builds(
    GenerateRequest,
    prompt=texts,
    temperature=st.none() | st.floats(0, 5),
    stop_sequences=st.none() | st.lists(texts, max_size=2),
    logit_bias=st.none() | st.dictionaries(st.integers(0, 9), st.floats(-10, 10), max_size=2),
    extra=st.none() | st.just({"stream_": [None, {"a": "b\n"}]}),
)
messages = st.lists(st.fixed_dictionaries({"role": texts, "content": texts}), max_size=2)
requests: st.SearchStrategy[Request] = st.one_of(
    generate_requests,
    st.builds(CompletionsRequest, messages=messages, seed=st.none() | st.integers(0, 9)),
    st.builds(
        ConverseRequest,
        messages=st.none() | texts.filter(str.strip),
        inference=st.none() | st.just(InferenceConfiguration(top_p=0.5)),
    ),
    st.builds(JurassicRequest, prompt=texts, top_p=st.none() | st.floats(0, 1)),
)
# Fields of a line that are not documented.
new_fields = st.dictionaries(texts.map("x{}".format), values, max_size=2)


def line_of(fields: Any) -> str:
    return json.dumps(fields)


def problem(line: Any, kind: type[CohereError] = MalformedStreamError) -> str:
    with pytest.raises(kind) as caught:
        read_line(line)
    assert type(caught.value) is kind
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


# Write


def test_a_written_line_is_the_documented_one() -> None:
    line = write_line(GenerateRequest(prompt="Hi\n", max_tokens=10), "CALL0000001")
    assert line == (
        r'{"recordId": "CALL0000001", "modelInput": {"prompt": "Hi\n", "max_tokens": 10}}'
    )


def test_a_line_of_a_chat_has_no_model() -> None:
    # The job has it, and Bedrock refuses it in a body.
    messages = [{"role": "user", "content": "Hello"}]
    for request_, sent in (
        (ChatRequest(message="Hello", model="command-r"), {"message": "Hello"}),
        (ChatV2Request(messages=messages, model="command-a"), {"messages": messages}),
    ):
        assert json.loads(write_line(request_, "1"))["modelInput"] == sent


def test_a_line_of_a_converse_job_has_the_names_of_the_service() -> None:
    image = {"image": {"format": "png", "source": {"bytes": b"abc"}}}
    messages = [{"role": "user", "content": [{"text": "Hi"}, image]}]
    request_ = ConverseRequest(messages=messages, inference=InferenceConfiguration(max_tokens=9))
    assert json.loads(write_line(request_, "a"))["modelInput"] == {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"text": "Hi"},
                    {"image": {"format": "png", "source": {"bytes": "YWJj"}}},
                ],
            }
        ],
        "inferenceConfig": {"maxTokens": 9},
    }


@given(requests, record_ids)
def test_any_request_and_id_can_be_read_from_its_line(request_: Request, record_id: str) -> None:
    line = write_line(request_, record_id)
    assert line.isascii()
    assert len(line.splitlines()) == 1
    fields = json.loads(line)
    assert fields == {"recordId": record_id, "modelInput": json.loads(request_.body())}
    assert type(request_).from_dict(fields["modelInput"]) == request_


@given(requests, record_ids, plain_answers, new_fields, st.randoms())
def test_what_a_job_makes_of_a_written_line_is_read(
    request_: Request, record_id: str, answer: Generations, new: dict[str, Any], random: Any
) -> None:
    fields = {**json.loads(write_line(request_, record_id)), "modelOutput": command_body(answer)}
    items = list((fields | new).items())
    random.shuffle(items)
    for ascii_only in (True, False):
        record = read_line(json.dumps(dict(items), ensure_ascii=ascii_only))
        expected = Generations.from_dict(command_body(answer))
        model_input = json.loads(request_.body())
        assert record == BatchRecord(record_id, expected, model_input=model_input, extra=new)
        assert isinstance(record.answer, Generations)
        assert record.answer.dialect == "command"


@pytest.mark.parametrize(
    ("request_", "record_id", "expected"),
    [
        ("Hi", "a", "request is of type str; expected a request, such as a GenerateRequest"),
        (
            {"prompt": SECRET},
            "a",
            "request is of type dict; expected a request, such as a GenerateRequest",
        ),
        (
            TgiRequest(inputs=SECRET),
            "a",
            "TgiRequest is for Mode.SAGEMAKER; batch inference is for Mode.BEDROCK",
        ),
        (GenerateRequest(prompt=SECRET), 7, "record_id is of type int; expected a string"),
        (GenerateRequest(prompt=SECRET), None, "record_id is None; expected a string"),
        (GenerateRequest(prompt=SECRET), "", "record_id is empty; expected at least 1 character"),
        (GenerateRequest(prompt="", extra={"a": {1}}), "a", "extra is not JSON: TypeError"),
    ],
)
def test_a_line_that_a_job_would_refuse_is_not_written(
    request_: Any, record_id: Any, expected: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        write_line(request_, record_id)
    assert str(caught.value) == expected


# Read


def test_an_answer() -> None:
    record = read_line(line_of(SUCCESS))
    assert record == BatchRecord("CALL0000001", Generations.from_dict(ANSWER), model_input=INPUT)
    assert (record.error, record.extra) == (None, None)


def test_an_error_is_a_value() -> None:
    record = read_line(line_of(FAILURE))
    assert (record.record_id, record.answer, record.model_input) == ("CALL0000002", None, INPUT)
    assert record.extra is None
    error = record.error
    assert isinstance(error, ServiceError)
    assert (str(error), error.code, error.http_status) == ("400: bad request", "400", 400)
    assert not error.retryable


@pytest.mark.parametrize(
    ("code", "status", "retryable"),
    [
        (429, 429, True),
        ("429", 429, True),
        (500, 500, True),
        ("400", 400, False),
        ("ThrottlingException", 429, True),
        ("ValidationException", 400, False),
        ("Unknown", None, False),
        (700, None, False),
        (4000, None, False),
        ("4290", None, False),
        ("4\u0660\u0660", None, False),
    ],
)
def test_a_code_is_a_status_or_a_name(
    code: Any,
    status: int | None,
    retryable: bool,
) -> None:
    error = read_line(line_of({"error": {"errorCode": code, "errorMessage": "m"}})).error
    assert error is not None
    assert (error.http_status, error.retryable, error.code) == (status, retryable, str(code))
    assert str(error) == f"{code}: m"


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        ({"errorCode": 400}, "400"),
        ({"errorCode": None, "errorMessage": "m"}, "an error without a code: m"),
        ({"errorMessage": "m"}, "an error without a code: m"),
        (
            {"errorCode": [1], "errorMessage": {}},
            "an error without a code: its message is an object",
        ),
    ],
)
def test_an_error_may_lack_its_parts(reported: Any, expected: str) -> None:
    assert str(read_line(line_of({"error": reported})).error) == expected


def test_a_message_holds_no_credentials() -> None:
    key = "AKIA" + "A1" * 8
    record = read_line(line_of({"error": {"errorCode": 403, "errorMessage": f"key {key}"}}))
    assert str(record.error) == "403: key ***"


@pytest.mark.parametrize(("dialect", "body", "text"), BODIES)
def test_any_dialect_is_read(dialect: str, body: Any, text: str) -> None:
    record = read_line(line_of({"recordId": "a", "modelInput": {}, "modelOutput": body}))
    assert record == BatchRecord("a", Generations.from_dict(body), model_input={})
    assert isinstance(record.answer, Generations)
    assert (record.answer.text, record.answer.dialect) == (text, dialect)


@pytest.mark.parametrize(
    ("vectors", "kind"),
    [([[0.5, 1.0]], Embeddings), ({"float": [[0.5, 1.0]], "int8": [[1, -1]]}, EmbeddingsByType)],
)
def test_the_answer_of_an_embed_job_has_vectors(vectors: Any, kind: type) -> None:
    body = {"id": "1", "texts": ["a"], "embeddings": vectors, "response_type": "any"}
    record = read_line(line_of({"recordId": "a", "modelOutput": body}))
    assert type(record.answer) is kind
    assert record == BatchRecord("a", Embeddings.from_dict(body))
    again = pickle.loads(pickle.dumps(record))
    assert (again, hash(again)) == (record, hash(record))


def test_an_answer_that_is_an_error_of_the_model_is_an_error() -> None:
    body = {"message": "Too many requests", "type": "overloaded", "code": 429}
    record = read_line(line_of({"recordId": "a", "modelOutput": body}))
    assert record.answer is None
    assert record.error is not None
    assert (record.error.code, record.error.http_status) == ("overloaded", 429)
    assert record.error.__traceback__ is None
    assert record.extra == {"modelOutput": body}


def test_fields_that_are_not_documented_are_kept() -> None:
    line = line_of(
        {
            **FAILURE,
            "error": {"errorCode": 400, "errorMessage": "m", "retryable": False},
            "modelOutput": {"partial": "text"},
            "new": 1,
        }
    )
    assert read_line(line).extra == {
        "error": {"retryable": False},
        "modelOutput": {"partial": "text"},
        "new": 1,
    }
    assert read_line(line_of({**SUCCESS, "new": [1]})).extra == {"new": [1]}


def test_parts_of_an_error_with_another_type_are_kept() -> None:
    reported = {"errorCode": 500.0, "errorMessage": ["m"], "retryable": None}
    expected = {"error": {"errorCode": 500.0, "errorMessage": ["m"]}}
    assert read_line(line_of({"error": reported})).extra == expected


def test_null_and_an_empty_error_are_absent() -> None:
    fields = {"recordId": None, "modelInput": None, "modelOutput": ANSWER, "error": None}
    expected = BatchRecord(None, Generations.from_dict(ANSWER))
    assert read_line(line_of(fields)) == expected
    assert read_line(line_of({**fields, "error": {}})) == expected
    assert read_line(line_of({**FAILURE, "modelOutput": None})) == read_line(line_of(FAILURE))


@pytest.mark.parametrize("end", ["", "\n", "\r\n", " \n"])
def test_the_line_may_have_its_end_and_be_bytes(end: str) -> None:
    line = json.dumps(SUCCESS, ensure_ascii=False) + end
    assert read_line(line) == read_line(line.encode()) == read_line(line_of(SUCCESS))


def test_an_answer_may_be_as_deep_as_that_of_a_single_call() -> None:
    deepest: Any = "text"
    for _ in range(63):
        deepest = [deepest]
    body = {"generations": [], "new": deepest}
    record = read_line(line_of({"modelOutput": body}))
    assert record.answer is not None
    assert record.answer.extra == {"new": deepest}
    message = problem(line_of({"modelOutput": {**body, "new": [deepest]}}))
    assert message == "item 0 at byte 0 is nested deeper than 65"


@pytest.mark.parametrize("fields", [SUCCESS, FAILURE, {"modelOutput": {"message": "m"}}])
def test_records_are_values(fields: dict[str, Any]) -> None:
    line = line_of(fields)
    record = read_line(line)
    copies = [copy.copy(record), copy.deepcopy(record), pickle.loads(pickle.dumps(record))]
    for other in [read_line(line), *copies]:
        assert other == record
        assert hash(other) == hash(record)
        assert repr(other) == repr(record)
        assert type(other.error) is type(record.error)
    for key, value in {"recordId": "another", "error": {"errorCode": 401}, "new": 1}.items():
        assert record != read_line(line_of({**fields, key: value}))


def test_a_record_reads_like_a_dict_and_has_the_usual_repr() -> None:
    record = read_line(line_of(FAILURE))
    assert record["record_id"] == "CALL0000002"
    assert "answer" not in record
    assert repr(record) == (
        "cohere.BatchRecord {\n\trecord_id: CALL0000002\n\terror: 400: bad request\n"
        "\tmodel_input: {'prompt': 'a secret prompt'}\n}"
    )


# Malformed lines


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", "expected one JSON object in the line of 0 bytes; found 0 JSON values"),
        (" \n", "expected one JSON object in the line of 2 bytes; found 0 JSON values"),
        ("{}{}", "expected one JSON object in the line of 4 bytes; found 2 JSON values"),
        ("[]", "expected a JSON object in the line of 2 bytes; found an array"),
        ('"a secret prompt"', "expected a JSON object or array at byte 0, after 0 items; found a string"),
        ("{} secret", "expected a JSON object or array at byte 3, after 1 item; found no JSON value"),
        # As an older page of AWS prints a line.
        (str(SUCCESS), "item 0 at byte 0 (130 bytes) is not JSON: Expecting property name enclosed in double quotes at its character 1"),
        ('{"a": NaN}', "item 0 at byte 0 (10 bytes) is not JSON: NaN is not a JSON value"),
        (b'{"a": "\xff"}', "item 0 at byte 0 (10 bytes) is not JSON: it is not UTF-8 at its byte 7"),
        ('{"a": "\ud800"}', "item 0 at byte 0 (12 bytes) is not JSON: it is not UTF-8 at its byte 7"),
    ],
)  # fmt: skip
def test_text_that_is_not_one_object_is_malformed(line: str | bytes, expected: str) -> None:
    assert problem(line) == expected


def test_a_line_that_is_cut_off_after_an_object_is_incomplete() -> None:
    # Two lines without the newline between them, as when files are joined.
    line = line_of(SUCCESS) + '{"a'
    message = problem(line, IncompleteStreamError)
    assert message == f"the line ends before its JSON object does, after {len(line)} bytes"


@pytest.mark.parametrize("fields", [SUCCESS, FAILURE])
def test_a_line_that_is_cut_off_anywhere_is_incomplete(fields: dict[str, Any]) -> None:
    data = json.dumps(fields, ensure_ascii=False).encode()
    for length in range(1, len(data)):
        message = problem(data[:length], IncompleteStreamError)
        size = "1 byte" if length == 1 else f"{length} bytes"
        assert message == f"the line ends before its JSON object does, after {size}"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"recordId": 7}, "recordId is a number; expected a string"),
        ({**SUCCESS, "modelInput": SECRET}, "record 'CALL0000001': modelInput is a string; expected an object"),
        ({**SUCCESS, "error": SECRET}, "record 'CALL0000001': error is a string; expected an object"),
        ({"recordId": "a", "modelInput": INPUT}, "record 'a': no 'modelOutput' and no 'error' in the line; it has 'recordId', 'modelInput'"),
        ({"error": {}}, "a record without an ID: no 'modelOutput' and no 'error' in the line; it has 'error'"),
        ({"recordId": "", "modelOutput": SECRET}, "record '': the response is a string; expected an object or array"),
        ({"recordId": "a" * 50, "modelOutput": SECRET}, f"record '{'a' * 39}: the response is a string; expected an object or array"),
        ({"recordId": "a", "modelOutput": {"generations": [{"text": 7}]}}, "record 'a': generations[0].text is a number; expected a string"),
        ({"recordId": "a", "modelOutput": {"embeddings": SECRET}}, "record 'a': embeddings is a string; expected an array of vectors, or an object"),
        ({"recordId": "a", "modelOutput": {"embeddings": None}}, "record 'a': no dialect has the keys 'embeddings'"),
        ({"recordId": "a", "modelOutput": {"outputText": SECRET}}, "record 'a': the response is in the format of Titan models, which is not read; call them by Converse"),
        ({"recordId": "a", "modelOutput": {"generations": None}}, "record 'a': no dialect has the keys 'generations' with "),
    ],
)  # fmt: skip
def test_a_field_that_is_not_as_documented_is_named(fields: Any, expected: str) -> None:
    assert problem(line_of(fields), StreamError).startswith(expected)


def test_the_manifest_is_not_a_record() -> None:
    message = problem(line_of(MANIFEST), StreamError)
    assert message.startswith("a record without an ID: no 'modelOutput' and no 'error' in the line")
    assert "'totalRecordCount'" in message


@pytest.mark.parametrize("line", [None, 7, SUCCESS, bytearray(b"{}")])
def test_a_line_is_text_or_bytes(line: Any) -> None:
    kind = "None" if line is None else f"of type {type(line).__name__}"
    message = problem(line, InvalidRequestError)
    assert message == f"line is {kind}; expected a string or bytes"


# Files

LINES = [SUCCESS, FAILURE, {**SUCCESS, "recordId": "CALL0000003"}]
RECORDS = [read_line(line_of(fields)) for fields in LINES]


@pytest.mark.parametrize("blank", ["", "\n", " \r\n"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_files_of_text_and_of_bytes(tmp_path: Path, blank: str, end: str) -> None:
    path = tmp_path / "input.jsonl.out"
    text = f"\n{blank}".join(map(line_of, LINES)) + end
    path.write_bytes(text.encode())
    with path.open(encoding="utf-8") as file:
        assert list(read_lines(file)) == RECORDS
    with path.open("rb") as binary:
        assert list(read_lines(binary)) == RECORDS
    packed = io.BytesIO(gzip.compress(text.encode()))
    with gzip.open(packed) as unpacked:
        assert list(read_lines(unpacked)) == RECORDS
    assert list(read_lines(text.splitlines())) == RECORDS


def test_no_lines_have_no_records() -> None:
    assert list(read_lines([])) == []


def test_lines_are_read_one_at_a_time() -> None:
    taken = []

    def lines() -> Any:
        for fields in LINES:
            taken.append(fields["recordId"])
            yield line_of(fields)

    records = read_lines(lines())
    assert taken == []
    assert next(records) == RECORDS[0]
    assert taken == ["CALL0000001"]


def test_memory_depends_on_the_longest_line_alone() -> None:
    size = 1_000_000
    line = line_of({**SUCCESS, "modelInput": {"images": ["a" * size]}}).encode()
    tracemalloc.start()
    try:
        for record in read_lines(bytes(line) for _ in range(20)):
            assert record.record_id == "CALL0000001"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * size


@pytest.mark.parametrize(
    ("line", "kind", "expected"),
    [
        ('{"a": "a sec', IncompleteStreamError, "the line ends before its JSON object does, after 12 bytes"),
        ("[]", MalformedStreamError, "expected a JSON object in the line of 2 bytes; found an array"),
        ('{"recordId": 7}', StreamError, "recordId is a number; expected a string"),
    ],
)  # fmt: skip
def test_an_error_has_the_number_of_its_line(
    line: str, kind: type[StreamError], expected: str
) -> None:
    # The blank line counts. The record before the error is not lost.
    records = read_lines([line_of(SUCCESS), "\n", line, line_of(SUCCESS)])
    assert next(records) == RECORDS[0]
    with pytest.raises(StreamError) as caught:
        next(records)
    assert type(caught.value) is kind
    assert str(caught.value) == f"line 3: {expected}"
    assert caught.value.retryable is (kind is IncompleteStreamError)
    assert caught.value.__cause__ is None
    assert next(records, None) is None


@pytest.mark.parametrize("path", ["input.jsonl.out", b"{}", 5])
def test_a_path_is_not_an_open_file(path: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read_lines(path)
    kind = type(path).__name__
    assert str(caught.value) == (
        f"lines is of type {kind}; expected an open file, or a list of lines"
    )


def test_a_line_of_another_type_is_an_error() -> None:
    with pytest.raises(InvalidRequestError, match=r"^line is of type dict; expected a string or"):
        list(read_lines([SUCCESS]))  # type: ignore[list-item]
