"""Code written for the documented ``cohere_aws.chat`` runs after only its imports were changed."""

from __future__ import annotations

import inspect
import json
import textwrap
import warnings
from typing import Any

import pytest
from hypothesis import given

import cohere_aws
from chats import Reply, body_1, items_1, replies
from cohere_aws import Mode, StreamingChat, StreamOther
from strategies import events

PACKAGE = "cohere.manually_maintained.cohere_aws"

TOOLS = Reply(plan=["I ", "look."], calls=[("weather", {"city": "Paris"}), ("time", {})])
CITED = Reply([" Paris", " is", " sunny."], citations=[(1, 6)])

# As the notebooks of Cohere use the answers of Client.chat: each with its data, and what it prints.
PROGRAMS: dict[str, tuple[str, Any, str]] = {
    "a plain answer": (
        """
        from {package}.chat import Chat

        res = Chat.from_dict(data)
        print(res.text)
        print(res.finish_reason, res.generation_id, res.response_id)
        for citation in res.citations:
            print(citation["start"], citation["end"], citation["document_ids"])
        print(res.documents[0]["title"], res.chat_history[-1]["role"], res.preamble)
        print(res.token_count["billed_tokens"], res.is_search_required)
        """,
        body_1(CITED),
        (
            " Paris is sunny.\nCOMPLETE generation 1 response 1\n1 6 ['document 1']\na title USER None\n"
            "7003 None\n"
        ),
    ),
    "an answer without text": (
        """
        from {package}.chat import Chat

        for res in (Chat.from_dict({{**data, "text": None}}), Chat.from_dict(data)):
            print(not res.text, res.response_id, [call.name for call in res.tool_calls])
        """,
        {key: value for key, value in body_1(TOOLS).items() if key != "text"},
        "True response 1 ['weather', 'time']\n" * 2,
    ),
    "search queries": (
        """
        from {package}.chat import Chat

        res = Chat.from_dict(data)
        if res.is_search_required:
            for query in res.search_queries:
                print(query["text"])
        """,
        {**body_1(Reply([])), "is_search_required": True, "search_queries": [{"text": "weather"}]},
        "weather\n",
    ),
    "calls of tools": (
        """
        import json
        from {package}.chat import Chat, ToolCall

        res = Chat.from_dict(data)
        results = []
        for call in res.tool_calls:
            print(isinstance(call, ToolCall), call.name, call["parameters"], call.generation_id)
            results.append({{"call": call, "outputs": [{{"ok": True}}]}})
        print(json.dumps(results))
        print(ToolCall.from_list(None), Chat.from_dict({{**data, "tool_calls": None}}).tool_calls)
        """,
        body_1(TOOLS),
        (
            "True weather {'city': 'Paris'} None\nTrue time {} None\n"
            '[{"call": {"name": "weather", "parameters": {"city": "Paris"}, "generation_id": null}, '
            '"outputs": [{"ok": true}]}, {"call": {"name": "time", "parameters": {}, "generation_id": '
            'null}, "outputs": [{"ok": true}]}]\nNone None\n'
        ),
    ),
    "tools": (
        """
        import json
        from {package}.chat import Tool, ToolParameterDefinitionsValue

        city = ToolParameterDefinitionsValue(type="str", description="The city.", required=True)
        tool = Tool("weather", "Says the weather.", {{"city": city}})
        print(json.dumps(tool), json.dumps([Tool(name="time", description=data)]))
        print(tool.parameter_definitions["city"].required, tool["name"], city)
        """,
        "Says the time.",
        (
            '{"name": "weather", "description": "Says the weather.", "parameter_definitions": {"city": '
            '{"type": "str", "description": "The city.", "required": true}}} [{"name": "time", '
            '"description": "Says the time."}]\nTrue weather cohere.ToolParameterDefinitionsValue {\n'
            "\ttype: str\n\tdescription: The city.\n\trequired: True\n}\n"
        ),
    ),
    "a stream": (
        """
        from {package}.chat import StreamEnd, StreamEvent, StreamingChat, StreamTextGeneration
        from {package}.mode import Mode

        stream = StreamingChat(data, Mode.BEDROCK)
        for event in stream:
            if event.event_type == StreamEvent.TEXT_GENERATION:
                print(event.text, end="")
            elif event.event_type == "citation-generation":
                print(event.citations[0]["text"])
            elif isinstance(event, StreamEnd):
                print(event.index, event.finish_reason, event.is_finished)
        print(stream.text, stream.generation_id, stream.response_id, stream.finish_reason)
        print(stream.documents, stream.token_count["prompt_tokens"], stream.tool_calls)
        """,
        events([json.dumps(item).encode() for item, _ in items_1(CITED)], Mode.BEDROCK),
        (
            " Paris is sunny.cited 1\n7 COMPLETE True\n"
            " Paris is sunny. generation 1 response 1 COMPLETE\n"
            "[{'id': 'document 1', 'title': 'a title'}] 7001 None\n"
        ),
    ),
    "a stream with calls of tools": (
        """
        from {package}.chat import ChatToolCallsGenerationEvent, StreamingChat
        from {package}.mode import Mode

        stream = StreamingChat(stream_response=data, mode=Mode.SAGEMAKER)
        for event in stream:
            if isinstance(event, ChatToolCallsGenerationEvent):
                print(event.index, [call.name for call in event.tool_calls])
        print([call["parameters"] for call in stream.tool_calls], stream.text)
        """,
        events([json.dumps(item).encode() for item, _ in items_1(TOOLS)]),
        "1 ['weather', 'time']\n[{'city': 'Paris'}, {}] I look.\n",
    ),
}


def run(program: str, package: str, data: Any) -> None:
    exec(textwrap.dedent(program).format(package=package), {"data": data})


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    program, data, printed = PROGRAMS[name]
    run(program, "cohere_aws", data)
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("name", "positions"),
    [
        ("ToolParameterDefinitionsValue", "type description required"),
        ("Tool", "name description parameter_definitions"),
        ("ToolCall", "name parameters generation_id"),
        ("Chat", "response_id generation_id text chat_history preamble finish_reason token_count tool_calls citations documents search_results search_queries is_search_required"),
        ("StreamResponse", "is_finished event_type index"),
        ("StreamStart", "generation_id conversation_id"),
        ("StreamTextGeneration", "text"),
        ("StreamCitationGeneration", "citations"),
        ("StreamQueryGeneration", "search_queries"),
        ("StreamSearchResults", "search_results documents"),
        ("StreamEnd", "finish_reason"),
        ("ChatToolCallsGenerationEvent", "tool_calls"),
        ("StreamingChat", "stream_response mode"),
    ],
)  # fmt: skip
def test_positions(name: str, positions: str) -> None:
    parameters = [*inspect.signature(getattr(cohere_aws, name)).parameters.values()]
    documented = positions.split()
    first, rest = parameters[: len(documented)], parameters[len(documented) :]
    assert [parameter.name for parameter in first] == documented
    for parameter in rest:  # keyword-only and optional, or the documented **kwargs
        assert parameter.kind in {parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD}
        assert parameter.kind == parameter.VAR_KEYWORD or parameter.default is not parameter.empty


# The tests below need the documented module itself; see test_documented.py.


@pytest.fixture(scope="module")
def documented() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(f"{PACKAGE}.chat", exc_type=ImportError)


@pytest.mark.usefixtures("documented")
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_documented_module_prints_the_same(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    program, data, printed = PROGRAMS[name]
    run(program, PACKAGE, data)
    assert capsys.readouterr().out == printed


def fields_of(theirs: Any, *, but: frozenset[str] = frozenset()) -> dict[str, Any]:
    return {name: value for name, value in vars(theirs).items() if name not in but}


@given(reply=replies())
def test_the_documented_module_reads_the_same(documented: Any, reply: Reply) -> None:
    theirs, ours = (
        documented.Chat.from_dict(body_1(reply)),
        cohere_aws.Chat.from_dict(body_1(reply)),
    )
    assert {name: ours[name] for name in vars(theirs)} == fields_of(theirs)
    source = events([json.dumps(item).encode() for item, _ in items_1(reply)])
    their_stream = documented.StreamingChat(source, documented.Mode.SAGEMAKER)
    our_stream = StreamingChat(source, Mode.SAGEMAKER, strict=True)
    their_events = [*their_stream]
    our_events = [event for event in our_stream if not isinstance(event, StreamOther)]
    assert [type(each).__name__ for each in our_events] == [
        type(each).__name__ for each in their_events
    ]
    for mine, other in zip(our_events, their_events, strict=True):
        assert {name: mine[name] for name in vars(other)} == fields_of(other)
        if not isinstance(mine, cohere_aws.ChatToolCallsGenerationEvent):  # which has a text, too
            assert repr(mine) == repr(other)
    # Of the searches, the documented class keeps only what the last item repeats.
    own = frozenset(("stream_response", "bytes", "search_queries", "search_results"))
    fields = fields_of(their_stream, but=own)
    assert {name: getattr(our_stream, name) for name in fields} == fields
