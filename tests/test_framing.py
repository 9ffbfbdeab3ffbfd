"""Bytes to items: the laws of framing, each a property, and what is refused where."""

from __future__ import annotations

import itertools
import json
import math
import re
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohere_aws import InvalidRequestError, MalformedStreamError, _framing, _json, _lines
from cohere_aws._framing import DEFAULT_MAX_ITEM_BYTES, Framing
from strategies import cut, cuttings, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, values, max_size=4)


arrays = st.lists(values, max_size=3)


@st.composite
def wires(draw: st.DrawFn) -> tuple[list[Any], bytes]:
    """Draw objects and arrays, and a way to write them one after the other."""
    items = draw(st.lists(objects | arrays, max_size=5))
    spaces = st.text(" \t\r\n", max_size=3)
    prefixes = (
        st.just("")
        | spaces
        | st.sampled_from(
            ["\ndata:", "\n\ndata: ", "\n: {\ndata:  ", "\nevent: é\ndata: ", "\r\nid: 1\r\n\r\n"]
        )
    )
    ascii_only, indent = draw(st.booleans()), draw(st.sampled_from([None, 1]))
    wire = "".join(
        draw(prefixes) + json.dumps(item, ensure_ascii=ascii_only, indent=indent) for item in items
    )
    return items, (wire + draw(spaces)).encode()


def outcome(payloads: list[bytes], **limits: int) -> tuple[list[Any], object]:
    """The items, and how it ended: with an error, or with so many bytes of an incomplete item."""
    framing, items = Framing(**limits), []
    try:
        for payload in payloads:
            for item in framing.feed(payload):
                items.append(item)  # noqa: PERF402  # an error must not lose what came before it
    except MalformedStreamError as error:
        return items, str(error)
    return items, framing.finish()


@given(st.data(), wires())
def test_any_cut_gives_the_same_items(data: st.DataObject, wire: tuple[list[Any], bytes]) -> None:
    items, written = wire
    assert outcome(data.draw(cuttings(written))) == (items, 0)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A wire with some bytes replaced, inserted or lost, or just any bytes."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=60))
    _, wire = draw(wires())
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(wire)))
        end = draw(st.integers(begin, min(len(wire), begin + 3)))
        put = draw(st.sampled_from([b"", b'"', b"\\", b"{", b"}", b"[", b",", b"\xff", b"NaN"]))
        wire = wire[:begin] + put + wire[end:]
    return wire


@given(st.data(), damaged(), st.integers(2, 80), st.integers(1, 5))
def test_any_cut_gives_the_same_errors_and_limits(
    data: st.DataObject, wire: bytes, max_item_bytes: int, max_depth: int
) -> None:
    limits = {"max_item_bytes": max_item_bytes, "max_depth": max_depth}
    bytewise = [wire[position : position + 1] for position in range(len(wire))]
    expected = outcome(bytewise, **limits)
    assert outcome([wire], **limits) == expected
    assert outcome(data.draw(cuttings(wire)), **limits) == expected


SHORT = '{"a":"\\\\\\"é😀"}\n {"b":[{"c":{}}],"d":"\\ud83d\\ude00"}{}'.encode()


@pytest.mark.parametrize(
    "payload",
    [
        b"event: a\ndata: %b\n\n",
        b"id: 1\r\nevent: \xff\r\ndata:%b\r\n\r\n",
        b": c\n%b\n",
        b"event: a\n\n %b\n",
        b"data: %b\n\n",
        b"data:%b",
        b"data: %b \t\r\n",
        b"%b\n",
        b"%b",
        b" %b",
    ],
)
@pytest.mark.parametrize("item", [{"a": 1}, [{"a": 1}], {}])
def test_payloads_of_one_item(payload: bytes, item: Any) -> None:
    lines = [payload % json.dumps(item).encode()] * 3
    if not payload.endswith(b"\n"):
        lines = [line + b"\n" * (i % 2) + b"\n" for i, line in enumerate(lines)]
    assert outcome(lines) == ([item] * 3, 0)


@pytest.mark.parametrize("text", [b"data: {} {}\n", b"data:  {}{}\n", b"data: [{}]{}\n"])
def test_a_line_with_more_than_one_item(text: bytes) -> None:
    assert outcome([text, text]) == outcome([text + text])
    assert len(outcome([text, text])[0]) == 4


@pytest.mark.parametrize(
    "text",
    [
        b'event: a\ndata: {"a":1}\n\n',
        b'event: a\ndata: {"a":1}{"a":1}\n\n',
        b'event: a\ndata: [{"a":1}]\n\n',
        b'event: a\ndata: {"a":1} [DONE]\n\n',
        b'event: a\ndata: {\n"a":1}\n\n',
        b'event: a\n{"a":1}\n',
        b'event: a\n\nid: 7\nretry:\n: b\n data:  {"a":1}\n',
    ],
)
def test_fields_before_an_item_wherever_it_is_cut(text: bytes) -> None:
    expected, _ = outcome([text[i : i + 1] for i in range(len(text))])
    count = 3 * len(expected)
    assert expected
    for end in range(len(text) + 1):
        for payloads in (
            [text, text, text[:end], text[end:]],
            [text[:end], text[end:] + text + text],
            [text + text + text[:end], text[end:]],
        ):
            assert outcome(payloads) == (expected * 3, 0)
            framing = Framing()
            assert len([item for each in payloads for item in framing.feed(each)]) == count
            assert (framing.item_count, framing.position) == (count, 3 * len(text))


def test_limits_in_a_line_after_fields() -> None:
    line = b'event: %b\ndata: {"a":[%b]}\n\n'
    for first in ([], [line % (b"a", b"1")]):
        for payload, message in [
            (
                line % (b"a" * 50, b"1" * 50),
                f"item {len(first)} at byte .* is longer than 40 bytes",
            ),
            (line % (b"a", b"[[1]]"), f"item {len(first)} at byte .* is nested deeper than 3"),
        ]:
            whole = outcome([*first, payload], max_item_bytes=40, max_depth=3)
            assert re.match(message, str(whole[1]))
            assert whole == outcome([b"".join([*first, payload])], max_item_bytes=40, max_depth=3)
        fine = line % (b"a" * 50, b"[1]")
        assert len(outcome([*first, fine], max_item_bytes=40, max_depth=3)[0]) == len(first) + 1


@pytest.mark.parametrize("text", [b"{}\ndata:{}", b"data:{}\r\n[]", b":\r{}\r\n {}\n:\n"])
def test_every_way_to_cut_lines(text: bytes) -> None:
    expected = outcome([text])
    assert expected[1] == 0
    inner = range(1, len(text))
    for count in range(len(text)):
        for places in itertools.combinations(inner, count):
            assert outcome(cut(text, list(places))) == expected, places


def test_data_begins_an_item_at_the_start_of_a_line_only() -> None:
    assert outcome([b"{}", b"data: {}"]) == outcome([b"{}data: {}"])
    assert outcome([b"{} \n ", b"data: {}"]) == ([{}, {}], 0)
    lines = [b"data: {}\n", b"data: {}", b"data: {}"]
    assert outcome(lines) == outcome([b"".join(lines)])
    assert len(outcome(lines)[0]) == 2
    assert outcome([b"{}\n{}", b"data: {}"]) == outcome([b"{}\n{}data: {}"])
    assert outcome([b"{}\n{}\r", b"data: {}"]) == ([{}, {}, {}], 0)


def test_every_pair_of_cuts() -> None:
    expected = outcome([SHORT])
    assert expected == ([{"a": '\\"é😀'}, {"b": [{"c": {}}], "d": "😀"}, {}], 0)
    places = range(len(SHORT) + 1)
    for pair in itertools.combinations_with_replacement(places, 2):
        assert outcome(cut(SHORT, list(pair))) == expected, pair


def test_an_item_is_given_by_the_bytes_that_complete_it() -> None:
    framing = Framing()
    given = [bool(list(framing.feed(SHORT[i : i + 1]))) for i in range(len(SHORT))]
    ends = [position for position, whole in enumerate(given) if whole]
    assert [SHORT[: end + 1].count(b"{") - SHORT[: end + 1].count(b"}") for end in ends] == [0] * 3
    assert ends == [SHORT.index(b"\n") - 1, len(SHORT) - 3, len(SHORT) - 1]


class Counter:
    """Counts the bytes that framing looks at; put in place of its pattern and its parser."""

    def __init__(self) -> None:
        self.walked = self.parsed = self.sought = 0
        self._pattern: re.Pattern[bytes] = re.compile(_framing._STRUCTURE)
        self._parse, self._scan = _json.parse, _json.scan

    def search(self, data: bytes, start: int, stop: int) -> re.Match[bytes] | None:
        found = self._pattern.search(data, start, stop)
        self.walked += (found.end() if found else stop) - start
        return found

    def parse(self, text: str) -> Any:
        self.parsed += len(text)
        return self._parse(text)

    def scan(self, text: str, start: int) -> Any:
        try:
            found = self._scan(text, start)
        except StopIteration as stop:  # at a place where no value begins
            self.parsed += stop.value - start
            raise
        except ValueError:
            self.parsed += len(text) - start
            raise
        self.parsed += found[1] - start
        return found


class Watched(bytes):
    """Bytes that count what is searched in them."""

    counter: Counter

    def find(self, sub: Any, start: Any = 0, stop: Any = None) -> int:
        found = super().find(sub, start, stop)
        count = (found + 1 if found >= 0 else len(self) if stop is None else stop) - start
        if sub == b"\n":
            self.counter.sought += count
        else:
            self.counter.walked += count
        return found


@given(st.data(), wires())
def test_every_byte_is_walked_once_and_parsed_once(
    data: st.DataObject, wire: tuple[list[Any], bytes]
) -> None:
    items, written = wire
    payloads = data.draw(cuttings(written))
    counter = Counter()
    Watched.counter = counter
    with pytest.MonkeyPatch.context() as patch:
        for module in (_framing, _lines):
            patch.setattr(module, "scan", counter.scan)
            patch.setattr(module, "scan_short", counter.scan)
        patch.setattr(_json, "parse", counter.parse)
        framing = Framing()
        patch.setattr(framing, "_structure", counter)
        assert [item for payload in payloads for item in framing.feed(Watched(payload))] == items
    assert counter.walked <= len(written)
    # The end of a line is sought where no item is pending, until a line fails.
    assert counter.sought <= len(written)
    # Once when the item is complete; and where nothing is pending, once as the whole of a payload,
    # and once as a line.
    assert counter.parsed <= 3 * len(written)


def test_what_is_pending_is_bounded() -> None:
    framing = Framing(max_item_bytes=100)
    with pytest.raises(MalformedStreamError, match="item 0 at byte 0 is longer than 100 bytes"):
        for _ in range(1000):
            list(framing.feed(b'{"a":"bcd'))
    assert framing.finish() <= 100


NESTED = b'{"a":' * 100_000


@pytest.mark.parametrize("step", [1, 7, 10_000, len(NESTED)])
def test_nesting_stops_at_the_limit(step: int) -> None:
    payloads = [NESTED[i : i + step] for i in range(0, len(NESTED), step)]
    assert outcome(payloads) == ([], "item 0 at byte 0 is nested deeper than 64")


@pytest.mark.parametrize("depth", [1, 3, 64, 500])
def test_the_deepest_item_that_is_accepted(depth: int) -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)

    assert outcome([nested(depth)], max_depth=depth)[1] == 0
    assert outcome([nested(depth + 1)], max_depth=depth) == (
        [],
        f"item 0 at byte 0 is nested deeper than {depth}",
    )
    # Cut off, so that the scanner recurses as deep as the bytes allow.
    assert outcome([b'{"":' + b"[" * (2 * depth)], max_depth=depth)[1] == (
        f"item 0 at byte 0 is nested deeper than {depth}"
    )


@pytest.mark.parametrize(("size", "accepted"), [(20, True), (21, False)])
def test_the_longest_item_that_is_accepted(size: int, accepted: bool) -> None:
    item = b'{"a":"%s"}' % (b"x" * (size - 8))
    refused = ([], "item 0 at byte 3 is longer than 20 bytes")
    expected = ([json.loads(item)], 0) if accepted else refused
    for payloads in (
        [b"   " + item + b"\n" * 50],
        [b"   ", item],
        list(cut(b"   " + item, [9, 15])),
    ):
        assert outcome(payloads, max_item_bytes=20) == expected


def test_an_item_at_the_limit_may_still_be_cut_off() -> None:
    assert outcome([b'{"a":"x'], max_item_bytes=7) == ([], 7)
    assert outcome([b'{"a":"', b"x", b""], max_item_bytes=7) == ([], 7)


GOOD = b'{"a":1}'


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (b"\n <html>", "expected a JSON object or array at byte 9, after 1 item; found markup"),
        (b',{"b":2}', "at byte 7, after 1 item; found a comma"),
        (b'"a"', "found a string"),
        (b"17", "found a number"),
        (b"-1", "found a number"),
        (b"null", "found a bare word"),
        (b"}", "found a closing brace"),
        (b"]", "found a closing bracket"),
        (b"\xef\xbb\xbf{}", "found no JSON value"),
        (b'{"a":"\xff"}', "(9 bytes) is not JSON: it is not UTF-8 at its byte 6"),
        (b'{"a":"\xed\xa0\x80"}', "it is not UTF-8 at its byte 6"),
        (b'{"a":NaN}', "(9 bytes) is not JSON: NaN is not a JSON value"),
        (b'{"a":-Infinity}', "-Infinity is not a JSON value"),
        (b'{"a":' + b"1" * 10_000 + b"}", "an integer of 10000 characters, above 640"),
        (b'{"a" 1}', "(7 bytes) is not JSON: Expecting ':' delimiter at its character 5"),
        (b'{"a":1 "b":2}', "Expecting ',' delimiter"),
        (b"{'a':1}", "Expecting property name enclosed in double quotes"),
        (b'{"a":"\n"}', "Invalid control character"),
        (b'{"a":[1}]', "is not JSON"),
        (b"[1}", "(3 bytes) is not JSON"),
        (b'\ndata: {"a"}', "item 1 at byte 14 (5 bytes) is not JSON: Expecting ':' delimiter"),
        (b"[DATA]", "(6 bytes) is not JSON"),
        (b'{"a":"\\x"}', "escape"),
    ],
)
def test_text_that_is_not_an_object_or_array(wire: bytes, message: str) -> None:
    for payloads in ([GOOD + wire], [GOOD, wire], [bytes([byte]) for byte in GOOD + wire]):
        items, error = outcome(payloads)
        assert items == [{"a": 1}]
        assert isinstance(error, str)
        assert message in error


def test_an_error_shows_no_content() -> None:
    secret = b'{"text":"my secret", secret}'
    _, error = outcome([secret])
    assert "secret" not in str(error)
    with pytest.raises(MalformedStreamError) as caught:
        list(Framing().feed(secret))
    # Nor does what it remembers: an error of the scanner would hold the whole item.
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_the_most_digits_of_an_integer() -> None:
    digits = "9" * 640
    assert outcome([b'{"a":%s}' % digits.encode()]) == ([{"a": int(digits)}], 0)
    assert outcome([b'{"a":-%s}' % digits.encode()])[0] == []


def test_a_long_fraction_is_a_number() -> None:
    wire = b'{"a":0.' + b"1" * 100_000 + b"}"
    assert outcome([wire])[0] == [{"a": pytest.approx(1 / 9)}]


def test_items_that_come_together_are_given_one_by_one() -> None:
    fed: Iterator[dict[str, Any]] = iter(Framing().feed(b'{"a":1}{"b":2}oops'))
    assert next(fed) == {"a": 1}
    assert next(fed) == {"b": 2}
    with pytest.raises(MalformedStreamError):
        next(fed)


def test_position_and_items_are_counted() -> None:
    framing = Framing()
    for payload in (b'{"a":1}\n', b"", b'{"b"', b':2}{"c":3}', b" "):
        list(framing.feed(payload))
    assert (framing.position, framing.item_count, framing.finish()) == (23, 3, 0)


@pytest.mark.parametrize("limits", [{"max_item_bytes": 1}, {"max_depth": 0}, {"max_depth": 501}])
def test_limits_out_of_range(limits: dict[str, int]) -> None:
    ((name, value),) = limits.items()
    with pytest.raises(InvalidRequestError, match=f"^{name} is {value}; expected an int "):
        Framing(**limits)


@pytest.mark.parametrize("value", [1e3, math.nan, math.inf, True, "1000", None])
@pytest.mark.parametrize("name", ["max_item_bytes", "max_depth"])
def test_a_limit_that_is_not_an_int(name: str, value: Any) -> None:
    kind = type(value).__name__
    with pytest.raises(InvalidRequestError, match=f"^{name} is a {kind}; expected an int "):
        Framing(**{name: value})


def peak_of(work: Callable[[], object]) -> int:
    """Return the most bytes that *work* held at once."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "step"),
    [
        *[("x", 1), ("x", 16), ("x", 1024), ("é", 1024), ("😀", 1024)],
        *[("x" * 4000 + "😀", 16), ("x" * 4000 + "😀", 1 << 20), ("x" * 16 + "😀", 1024)],
    ],
)
def test_memory_depends_on_the_item_and_not_on_the_payloads(text: str, step: int) -> None:
    size = 72 * 1024  # above the size from which an item is narrowed
    item = json.dumps({"text": text * (size // len(text.encode()))}, ensure_ascii=False).encode()
    payloads = [item[i : i + step] for i in range(0, len(item), step)]
    framing = Framing()

    def feed() -> list[dict[str, Any]]:
        return [item for payload in payloads for item in framing.feed(payload)]

    # A few objects of the interpreter come on top.
    assert peak_of(feed) <= 6.2 * len(item)


@pytest.mark.parametrize("step", [2, 4096])
def test_an_endless_item_takes_no_more_memory_than_its_limit(step: int) -> None:
    limit, payload = 1 << 16, b"x" * step
    framing = Framing(max_item_bytes=limit)
    list(framing.feed(b'{"text":"'))

    def feed() -> None:
        with pytest.raises(MalformedStreamError, match="is longer than"):
            while True:
                list(framing.feed(payload))

    assert peak_of(feed) <= 2.5 * limit  # the buffer, and a copy of it while it grows


wide_texts = st.text(st.sampled_from('\\"/{}u é€😀\U0010ffff\x00'))


@given(st.data(), st.lists(wide_texts, min_size=1, max_size=4))
def test_a_large_item_reads_as_a_small_one(data: st.DataObject, words: list[str]) -> None:
    wire = "".join(json.dumps({"text": text}, ensure_ascii=False) for text in words).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_json, "_LARGE", -1)
        patch.setattr(_json, "_NARROWED_BYTES", 1)
        found = outcome(data.draw(cuttings(wire)))
        assert outcome([b" " + wire]) == found
    assert found == ([{"text": text} for text in words], 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'\xf0\x9f\x98\x80" "', "Expecting ',' delimiter$"),
        (b"\xf0\x9f\x98\x80\xff", "it is not UTF-8 at its byte 70013$"),
        (b"\xff\xf0\x9f\x98\x80", "it is not UTF-8 at its byte 70009$"),
        (b"\xf0\x9f\x98\x80\xf4\x90\x80\x80", "it is not UTF-8 at its byte 70013$"),
        (b"\\\xf0\x9f\x98\x80 \xf0\x9f\x98\x80", r"Invalid \\escape"),
    ],
)
def test_a_large_item_that_is_damaged(text: bytes, reason: str) -> None:
    wire = b'{"text":"' + b"x" * 70_000 + text + b'"}'
    for payloads in ([wire], [wire[:30], wire[30:]]):
        items, error = outcome(payloads)
        assert items == []
        assert re.search(reason, str(error))


def test_what_fits_into_a_frame_is_not_too_long() -> None:
    botocore_eventstream = pytest.importorskip("botocore.eventstream")
    # Some versions in between have no limit of their own.
    limit = getattr(botocore_eventstream, "_MAX_PAYLOAD_LENGTH", 24 * 2**20)
    assert limit <= DEFAULT_MAX_ITEM_BYTES
