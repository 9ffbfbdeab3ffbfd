"""Members of answers that the installed botocore does not know, and therefore drops."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cohere_aws.testing._botocore import operation_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cohere_aws.testing import Recording

# Members that no service model has: padding, and counts that the service sends twice. Constructed
# recordings call a member "new…" if it is meant to be unknown.
UNDOCUMENTED = {"p", "serverToolUsage", "cacheReadInputTokenCount", "cacheWriteInputTokenCount"}


def members_that_botocore_lacks(recording: Recording) -> set[str]:
    """Return the documented members of a recording of Converse that botocore does not know."""
    model = operation_model(recording.service, recording.operation)
    if recording.response is not None:
        is_refused = recording.response.status >= 300
        found = [] if is_refused else _lacking(model.output_shape, recording.response.body)
    else:
        events = model.get_event_stream_output().members
        found = [
            name
            for event in recording.stream or ()
            if event.name in events
            for name in _lacking(events[event.name], event.payload)
        ]
    return {name for name in found if name not in UNDOCUMENTED and not name.startswith("new")}


def _lacking(shape: Any, payload: bytes) -> list[str]:
    try:
        return list(_unknown(shape, json.loads(payload)))
    except ValueError:  # damaged on purpose
        return []


def _unknown(shape: Any, value: Any) -> Iterator[str]:
    """Yield the keys in *value* that *shape* does not have."""
    if shape.type_name == "structure" and not shape.is_document_type:
        for key, each in value.items():
            if key in shape.members:
                yield from _unknown(shape.members[key], each)
            else:
                yield key
    elif shape.type_name == "list":
        for each in value:
            yield from _unknown(shape.member, each)
    elif shape.type_name == "map":
        for each in value.values():
            yield from _unknown(shape.value, each)
