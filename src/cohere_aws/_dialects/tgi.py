"""Text generation of Hugging Face TGI and of AWS LMI, the model servers of SageMaker endpoints.

A plain body is ``{"generated_text": …, "details": {…}}``, or a list of such objects: of one in TGI,
and of one for each prompt where LMI batches prompts. In a stream, the keys of an item say what it
is:

=================================================  ================================================
``{"token": {…}, "index": …, …}``                  a token; ``top_tokens`` are its alternatives
``{"token": {…}, "generated_text": "…", …}``       the last token, with the whole text and, if they
                                                   were asked for, ``details``
``{"outputs": ["…"]}``                             LMI 0.23 to 0.25: a piece of each generation
``{"generated_text": …}``, ``[{…}]``               a plain body: the only item
``{"error": …}``, ``{"message": …}``               an error; the HTTP status is 200
anything else                                      not text: kept in ``other_items``
=================================================  ================================================

The ``index`` of TGI counts tokens, and a stream of TGI has one generation. In LMI 0.33 and later,
with vLLM, ``index`` is that of the generation. Only TGI says of each token whether it is special.

A generation ends with its ``generated_text``, and a stream without it was cut off. A stream of
``outputs`` has no such mark: its end is the end of the answer.

The text of a special token, such as ``</s>``, is in the token of the piece, and not in its text.
The generation has the ``generated_text``, whose edges may differ from the joined pieces: TGI may
remove the first space. ``_tgi_details`` says when a prompt in front of it is removed.

``input_tokens`` of the usage counts the whole prompt. The servers may cache the beginnings of
prompts, but do not report it.

Every field is read or kept. Unread fields of a plain body and of the last item are in ``extra`` of
the generation; any other item with an unread field is in ``other_items``, whole.

https://huggingface.co/docs/text-generation-inference and
https://docs.djl.ai/master/docs/serving/serving/docs/lmi/user_guides/lmi_input_output_schema.html
describe the fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cohere_aws._faults import error_in
from cohere_aws._field import array, extra_of, integer, kind, quoted
from cohere_aws._generations import Generations
from cohere_aws._results import Generation, StreamingText, TokenLikelihood, Usage, token_text
from cohere_aws.error import ServiceError, StreamError

from ._pieces import Pieces
from ._tgi_details import failure_in, read_details, total
from ._tgi_plain import ANSWER_KEYS, OUTPUTS_KEYS, read_body, strings
from ._tgi_tokens import LazyPiece, plain_index, read_all, read_alternatives, read_token, texts_of

if TYPE_CHECKING:
    from cohere_aws._framing import Item

    from ._tgi_tokens import LazyToken

    _Object = dict[str, Any]

__all__ = ["Reader", "read_body"]

_PIECE_KEYS = frozenset(("index", "token", "generated_text", "details"))
_TOKEN_KEYS = _PIECE_KEYS | {"top_tokens"}

_new = tuple.__new__  # twice as fast as calling a NamedTuple


class Reader:
    """Reads the items of one stream."""

    id = None
    end_of_sequence = ""

    def __init__(self) -> None:
        self.prompt: str | None = None
        self.usage: Usage | None = None
        self.other_items: list[Item] = []
        self._prompt_tokens: list[TokenLikelihood] | None = None
        self._pieces = Pieces(self.end_of_sequence)
        self._texts = self._pieces.texts
        self._tokens: dict[int, list[LazyToken]] = {}
        # Each generation that has ended, with the other sequences of its details.
        self._ended: dict[int, list[Generation]] = {}
        self._whole: Generations | None = None  # a plain body
        self._has_end = False  # a generation has ended, or a plain body came
        self._ends_with_stream = False  # the items are outputs
        self._finish_reason: str | None = None  # of the generation that ended last

    def read(self, item: Item) -> tuple[StreamingText, ...]:
        """Return the results in *item*: one or none, unless it is a plain body or has outputs."""
        # Most items of most streams are one plain token. It is read here, and checked by one call.
        if type(item) is dict and not self._has_end and _PIECE_KEYS.issuperset(item):
            token = item.get("token")
            if (
                type(token) is dict
                and item.get("generated_text") is None
                and item.get("details") is None
                and (index := plain_index(item, token)) is not None
            ):
                text = "" if token.get("special") else token["text"]
                try:
                    self._texts[index].append(text)
                    self._tokens[index].append(token)
                except KeyError:
                    self._texts[index] = [text]
                    self._tokens[index] = [token]
                piece = _new(LazyPiece, (index, text, False))
                piece.value = token
                return (piece,)
        if isinstance(item, dict) and not (item.get("error") or item.get("err")):
            if item.get("token") is not None:
                return self._read_token(item)
            if item.get("outputs") is not None:
                return self._read_outputs(item)
        return self._read_other(item)

    @property
    def last_item_read(self) -> bool:
        """Return whether the text of each generation came, or a plain body."""
        if self._whole is not None:
            return True
        return bool(self._ended) and self._texts.keys() <= self._ended.keys()

    @property
    def may_end(self) -> bool:
        """Return whether the answer is whole if the stream ends here."""
        return self.last_item_read or self._ends_with_stream

    @property
    def finish_reason(self) -> str | None:
        """Return the reason of the generation that ended last; ``None`` before the end."""
        return self._finish_reason if self.may_end else None

    def generations(self) -> Generations:
        """Return the answer so far: what the last items have, or else the joined pieces."""
        if self._whole is not None:
            return self._whole
        found: list[Generation] = []
        for piece in self._pieces.generations():
            index = piece.index or 0
            first, *others = self._ended.get(index, (piece,))
            if first.token_likelihoods is None and index in self._tokens:
                tokens = read_all(self._tokens[index])
                first = Generation(**{**vars(first), "token_likelihoods": tokens})
                if index in self._ended:
                    self._ended[index] = [first, *others]
            found += [first, *others]
        return Generations(
            found,
            prompt=self.prompt,
            usage=self.usage,
            prompt_tokens=self._prompt_tokens,
            dialect="tgi",
        )

    def text(self) -> str:
        """Return the text of the first generation so far."""
        if self._whole is not None:
            return self._whole.text
        first = self._ended.get(min(self._texts, default=0))
        return first[0].text if first else self._pieces.first_text()

    def _read_token(self, item: _Object) -> tuple[StreamingText, ...]:
        token, index = item["token"], 0
        unmarked: bool | None = False
        if "index" in item and isinstance(token, dict) and "special" not in token:
            index, unmarked = integer(item, "index", "") or 0, None  # LMI with vLLM
        if index in self._ended or self._whole is not None:
            raise _after_the_end(item)
        if error := failure_in(item):
            self._keep(item)
            raise error
        top = item.get("top_tokens")
        found = read_token(
            token,
            "token",
            unmarked=unmarked,
            alternatives=None if top is None else read_alternatives(top, "top_tokens"),
        )
        text = "" if found.special else found.token
        is_finished = item.get("generated_text") is not None
        self._pieces.append(index, text)
        self._tokens.setdefault(index, []).append(found)
        if is_finished:
            self._read_end(item, index)
        elif item.get("details") or not _TOKEN_KEYS.issuperset(item):
            self.other_items.append(item)
        return (token_text(index, text, is_finished, found),)

    def _read_end(self, item: _Object, index: int) -> None:
        """Read the ``generated_text`` and the details of a last token."""
        self._has_end = True
        if len(self._texts) > 1:
            # LMI with vLLM adds the pieces of all generations to the generated_text of each.
            self.other_items.append(item)
            item = {**item, "generated_text": "".join(self._texts[index])}
        details = read_details(item, index=index, streamed=texts_of(self._tokens[index]))
        details = details.with_extra(extra_of(item, _TOKEN_KEYS))
        self._ended[index] = details.generations
        self._finish_reason = details.generations[0].finish_reason
        self.prompt = self.prompt or details.prompt
        self._prompt_tokens = self._prompt_tokens or details.prompt_tokens
        earlier = self.usage or Usage()
        usage = Usage(
            details.input_tokens or earlier.input_tokens,
            total((earlier.output_tokens, details.output_tokens)),
        )
        self.usage = usage if usage.to_dict() else None

    def _read_outputs(self, item: _Object) -> tuple[StreamingText, ...]:
        if self.last_item_read:
            raise _after_the_end(item)
        texts = strings(array(item, "outputs", "") or [], "outputs")
        if not (texts and OUTPUTS_KEYS.issuperset(item)):
            self.other_items.append(item)
        self._ends_with_stream = True
        for index, text in enumerate(texts):
            self._pieces.append(index, text)
        return tuple(StreamingText(i, text, is_finished=False) for i, text in enumerate(texts))

    def _read_other(self, item: Item) -> tuple[StreamingText, ...]:
        """Read an error, a plain body, or an item of unknown keys."""
        if isinstance(item, list) or item.get("generated_text") is not None:
            return self._read_whole_body(item)
        if error := error_in(item, ANSWER_KEYS):
            self._keep(item)
            raise error
        if self.last_item_read:
            raise _after_the_end(item)
        self.other_items.append(item)
        return ()

    def _read_whole_body(self, item: Item) -> tuple[StreamingText, ...]:
        """Read an item that is a plain body; return its texts, unless pieces came before."""
        if self.last_item_read:
            raise _after_the_end(item)
        try:
            answer = read_body(item)
        except ServiceError as error:
            self.other_items.append(item)
            if isinstance(error.partial, Generations) and not self._texts:
                self._pieces.append(0, error.partial.text)
            raise
        self._whole, self._finish_reason = answer, answer[0].finish_reason
        self._has_end = True
        self.prompt, self.usage = answer.prompt, answer.usage
        if self._texts:
            return ()
        return tuple(StreamingText(i, each.text, is_finished=True) for i, each in enumerate(answer))

    def _keep(self, item: _Object) -> None:
        """Keep an error, which may have more fields than the ``ServiceError``, and its text."""
        self.other_items.append(item)
        text = item.get("generated_text")
        if isinstance(text, str) and not self._texts:
            self._pieces.append(0, text)


def _after_the_end(item: Item) -> StreamError:
    found = quoted(item) if isinstance(item, dict) else kind(item)
    return StreamError(f"the last item came before, and this one has {found}")
