"""Test code that calls models on AWS, without AWS: record real answers, and replay them.

``record`` writes the calls of a real boto3 or aiobotocore client to files. ``replay`` answers a
client from such files; ``serve`` does so over TCP, for other processes. See the README for
examples.
"""

from __future__ import annotations

from ._answer import RecordedEvent, RecordedResponse
from ._call import Call
from ._ending import RecordedEnd, ReplayError
from ._lines import RecordingError
from ._record import Recorder, record
from ._recording import Recording
from ._replay import Replay, replay
from ._serve import Server, serve
from ._wire import Bytes

__all__ = [
    "Bytes",
    "Call",
    "RecordedEnd",
    "RecordedEvent",
    "RecordedResponse",
    "Recorder",
    "Recording",
    "RecordingError",
    "Replay",
    "ReplayError",
    "Server",
    "record",
    "replay",
    "serve",
]

for _class in (
    *(Bytes, Call, RecordedEnd, RecordedEvent, RecordedResponse, Recorder, Recording),
    *(RecordingError, Replay, ReplayError, Server),
):
    _class.__module__ = __name__  # tracebacks and repr() name the public module
