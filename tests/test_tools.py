"""Tools and their calls: dicts whose keys are attributes."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import weakref

import pytest

from cohere_aws import CohereObject, Tool, ToolCall, ToolParameterDefinitionsValue

PLACE = ToolParameterDefinitionsValue("str", "The place.", required=True)
TOOL = Tool("weather", "Say the weather.", {"place": PLACE})
CALL = ToolCall("weather", {"place": "Paris"}, "g")


def test_keys_are_attributes() -> None:
    assert PLACE == {"type": "str", "description": "The place.", "required": True}
    assert TOOL == {
        "name": "weather", "description": "Say the weather.", "parameter_definitions": {"place": PLACE}
    }  # fmt: skip
    assert CALL == {"name": "weather", "parameters": {"place": "Paris"}, "generation_id": "g"}
    assert (PLACE.type, PLACE.required, TOOL.name, CALL.parameters) == (
        "str", True, "weather", {"place": "Paris"}
    )  # fmt: skip
    assert all(isinstance(each, (dict, CohereObject)) for each in (PLACE, TOOL, CALL))


def test_arguments_that_are_not_given_are_absent() -> None:
    assert ToolParameterDefinitionsValue("int", "A number.") == {
        "type": "int", "description": "A number."
    }  # fmt: skip
    assert "parameter_definitions" not in Tool("f", "d")
    assert ToolCall("f", {}) == {"name": "f", "parameters": {}, "generation_id": None}
    with pytest.raises(AttributeError, match=r"^'Tool' object has no attribute 'parameter_defini"):
        Tool("f", "d").parameter_definitions  # noqa: B018


def test_more_keys() -> None:
    assert Tool("f", "d", strict=True) == {"strict": True, "name": "f", "description": "d"}
    assert ToolCall("f", {}, None, id="c").id == "c"
    assert ToolParameterDefinitionsValue("a", "b", enum=["c"]).enum == ["c"]


def test_attributes_can_be_set_and_deleted() -> None:
    call = ToolCall("f", {})
    call.name = "g"
    call["id"] = "c"
    assert (call["name"], call.id) == ("g", "c")
    del call.id
    assert "id" not in call
    with pytest.raises(AttributeError, match=r"^'ToolCall' object has no attribute 'id'$"):
        del call.id


def test_copies_and_pickles_keep_the_link_of_keys_and_attributes() -> None:
    for again in (copy.copy(CALL), copy.deepcopy(CALL), pickle.loads(pickle.dumps(CALL))):
        assert type(again) is ToolCall
        assert again == CALL
        again.name = "other"
        assert again["name"] == "other"
    assert CALL.name == "weather"


def test_json_and_the_documented_repr() -> None:
    assert json.loads(json.dumps([TOOL, CALL])) == [TOOL, CALL]
    assert repr(CALL) == (
        "cohere.ToolCall {\n\tname: weather\n\tparameters: {'place': 'Paris'}\n\tgeneration_id: g\n}"
    )
    assert "generation_id" not in repr(ToolCall("f", {}))


def test_there_is_no_reference_cycle() -> None:
    gc.disable()
    try:
        call = ToolCall("f", {})
        there = weakref.ref(call)
        del call
        assert there() is None
    finally:
        gc.enable()


def test_calls_as_the_service_writes_them() -> None:
    call = ToolCall.from_dict({"name": "f", "parameters": {"a": 1}, "new": 5})
    assert call == {"name": "f", "parameters": {"a": 1}, "generation_id": None, "new": 5}
    assert ToolCall.from_dict({"self": 1}) == {
        "name": None, "parameters": None, "generation_id": None, "self": 1
    }  # fmt: skip
    assert ToolCall.from_list([CALL]) == [CALL]
    assert ToolCall.from_list([]) == []
    assert ToolCall.from_list(None) is ToolCall.from_list({}) is None  # type: ignore[arg-type]
