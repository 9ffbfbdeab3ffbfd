"""Results of Embed: vectors of texts, and of images.

The vectors in a body are a list, or an object with a list for each type. A model may send an object
although no type was asked for, so the body alone decides which class reads it:

* a list becomes ``Embeddings``, as in the documented client;
* an object becomes ``EmbeddingsByType``, a dict. The documented client returns a dict, too, so code
  for that client reads both.

Both classes have the vectors as ``embeddings``, and numpy makes an array of both. Sources:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html and
https://docs.cohere.com/reference/embed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ._answers import Listed, check_list, common_fields, object_of, required, written
from ._field import array, kind, string
from ._plain import parse_body, read_response, usage_counts
from ._results import Usage, copied
from ._vectors import TYPES, as_array, check_types, check_vectors, decoded
from .error import StreamError
from .response import AnswerRecord, HasMetadata, Viewable

if TYPE_CHECKING:
    from .mode import Mode

__all__ = ["Embedding", "Embeddings", "EmbeddingsByType"]

_DIALECT = "embed"
_KEYS = frozenset(("embeddings", "texts", "response_type"))


class Embedding(Listed[float]):
    """One vector.

    Attributes:
        embedding: Its numbers.
    """

    _documented: ClassVar = ("embedding",)
    _list: ClassVar = "embedding"

    embedding: list[float]

    def __init__(self, embedding: list[float]) -> None:
        check_list(embedding, "embedding", "a list of numbers")
        self._set(embedding=embedding)

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that JSON can write."""
        return {"embedding": list(self.embedding)}

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:  # noqa: FBT001  # as numpy calls it
        return as_array([self.embedding], "float", dtype, copy)[0]


class Embeddings(Viewable, AnswerRecord, Listed[list[float]]):
    """Vectors of some texts, in their order.

    ``numpy.asarray(embeddings)`` is an array of float64 with one row for each vector, equal to that
    of the list. Another dtype, such as ``numpy.asarray(embeddings, "float32")``, is made without a
    copy in between.

    Attributes:
        embeddings: The vectors, as lists of numbers, or as it was created with.
        id: The service's name for the call.
        texts: The texts, as the service returns them; some models return them in lower case.
        response_type: The service's word for the form of the answer: ``embeddings_floats``.
        meta: Facts about the call from the service, such as ``billed_units``.
        usage: Tokens and time that the call took, where the service reports them.
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.

    Raises:
        TypeError: *embeddings* is not a list, or a vector in it is not.
    """

    _documented: ClassVar = ("embeddings",)
    _list: ClassVar = "embeddings"

    embeddings: list[list[float]]
    id: str | None
    texts: list[str] | None
    response_type: str | None
    meta: dict[str, Any] | None
    usage: Usage | None
    extra: dict[str, Any] | None

    def __init__(
        self,
        embeddings: list[list[float]] | list[Embedding],
        *,
        id: str | None = None,  # noqa: A002  # as the service calls it
        texts: list[str] | None = None,
        response_type: str | None = None,
        meta: Mapping[str, Any] | None = None,
        usage: Usage | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        check_list(embeddings, "embeddings", "a list of vectors")
        for i, vector in enumerate(embeddings):
            check_list(vector, f"embeddings[{i}]", "a list of numbers or an Embedding")
        self._set(
            embeddings=embeddings,
            id=id,
            texts=texts,
            response_type=response_type,
            meta=copied(meta),
            usage=usage,
            extra=copied(extra),
        )

    @staticmethod
    def from_dict(response: Mapping[str, Any]) -> Embeddings | EmbeddingsByType:
        """Read the parsed body of a response of Embed.

        A field may be missing or ``null``, except ``embeddings``. Fields that no attribute holds
        are kept in ``extra``. A dict that ``to_dict()`` returned reads back to an equal object. The
        vectors are not copied.

        Returns:
            ``EmbeddingsByType`` if the vectors are an object by type, and ``Embeddings`` if not.

        Raises:
            ServiceError: The body reports an error.
            StreamError: A field is missing, or has another type than documented. The message says
                which. A boolean among the numbers of a vector is not noticed.
        """
        return _read(response, None)

    @staticmethod
    def from_response(response: Mapping[str, Any], mode: Mode) -> Embeddings | EmbeddingsByType:
        """Read the response of boto3's ``invoke_model`` or ``invoke_endpoint``.

        The body is read to its end and closed. On Bedrock, ``usage`` comes from the HTTP headers.

        Args:
            response: The response of boto3.
            mode: The service that it comes from.

        Raises:
            TransportError: The body broke off.
            MalformedStreamError: The body is not one JSON object or array.
            ServiceError: As for ``from_dict``.
            StreamError: As for ``from_dict``.
            CohereError: *response* is not a response of boto3, or *mode* is not a ``Mode``.
            TypeError: The body is asynchronous, or does not hold bytes.
        """
        return read_response(Embeddings._from_body, response, mode)

    @staticmethod
    def _from_body(
        data: bytes, response: Mapping[str, Any], mode: Mode
    ) -> Embeddings | EmbeddingsByType:
        """Read the bytes of the body of *response*."""
        return _read(parse_body(data), Usage(**usage_counts(response, mode)))

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that JSON can write and ``from_dict`` reads to an equal object."""
        return _to_dict(self, self._values()["embeddings"])

    def _values(self) -> dict[str, Any]:
        # For comparison: what to_dict() wrote is equal, and it has lists in place of Embeddings.
        return super()._values() | {"embeddings": [list(vector) for vector in self.embeddings]}

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"embeddings": self.embeddings}

    def _view(self) -> str:
        from ._html import embeddings_view  # noqa: PLC0415  # needed in notebooks only

        return embeddings_view(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:  # noqa: FBT001  # as numpy calls it
        return as_array(self.embeddings, "float", dtype, copy)


class EmbeddingsByType(Viewable, HasMetadata, dict[str, Any]):
    """Vectors of some texts by type: a dict of ``float``, ``int8``, ``uint8`` and others.

    It has one list of vectors for each type, as the service returned them, and it is equal to any
    dict with the same lists. Two objects of this class are equal if their attributes are, too.

    ``numpy.asarray(embeddings)`` is an array of the vectors in ``embeddings``: of float64 for
    ``float``, float32 for ``base64``, int8 for ``int8`` and ``binary``, uint8 for ``uint8`` and
    ``ubinary``. For one type of several, use ``numpy.asarray(embeddings["int8"], "int8")``.

    Attributes:
        id: The service's name for the call.
        texts: The texts, as the service returns them; ``None`` or empty for images.
        response_type: The service's word for the form of the answer: ``embeddings_by_type``.
        meta: Facts about the call from the service, such as ``billed_units``.
        usage: Tokens and time that the call took, where the service reports them.
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.
    """

    # A dict and not a Record, because code for the documented client may pass it to json.dumps,
    # compare it with a dict, change it, or distinguish it from Embeddings by isinstance.

    id: str | None
    texts: list[str] | None
    response_type: str | None
    meta: dict[str, Any] | None
    usage: Usage | None
    extra: dict[str, Any] | None

    def __init__(
        self,
        embeddings: Mapping[str, Any],
        *,
        id: str | None = None,  # noqa: A002  # as the service calls it
        texts: list[str] | None = None,
        response_type: str | None = None,
        meta: Mapping[str, Any] | None = None,
        usage: Usage | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(embeddings)
        self.id = id
        self.texts = texts
        self.response_type = response_type
        self.meta = copied(meta)
        self.usage = usage
        self.extra = copied(extra)

    @property
    def embeddings(self) -> list[list[float]]:
        """Return the vectors of the most precise type, as lists of numbers.

        The order of precision is ``float``, ``base64``, ``int8``, ``uint8``, ``binary``,
        ``ubinary``. Vectors in base64 are decoded.
        """
        type_, vectors = self._most_precise()
        return [decoded(each) for each in vectors] if type_ == "base64" else vectors

    def _most_precise(self) -> tuple[str, list[Any]]:
        # A type that is not documented comes last. A type may be null, like any field.
        return next(
            ((type_, self[type_]) for type_ in (*TYPES, *self) if self.get(type_) is not None),
            ("float", []),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a dict for JSON that ``Embeddings.from_dict`` reads to an equal object."""
        return _to_dict(self, dict(self))

    def _attributes(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_metadata"}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, EmbeddingsByType):
            return dict(self) == dict(other) and self._attributes() == other._attributes()
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other  # dict has its own, which would ignore the attributes

    __hash__ = None  # as of any dict

    def _view(self) -> str:
        from ._html import embeddings_view  # noqa: PLC0415  # needed in notebooks only

        return embeddings_view(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:  # noqa: FBT001  # as numpy calls it
        type_, vectors = self._most_precise()
        return as_array(vectors, type_, dtype, copy)


def _read(response: object, usage: Usage | None) -> Embeddings | EmbeddingsByType:
    body = object_of(response, "embeddings")
    fields = common_fields(body, _DIALECT, _KEYS, usage)
    fields["texts"] = array(body, "texts")
    for i, text in enumerate(fields["texts"] or ()):
        if not isinstance(text, str):
            raise StreamError(f"texts[{i}] is {kind(text)}; expected a string")
    fields["response_type"] = string(body, "response_type")
    vectors = required(body, "embeddings", body.get("embeddings"))
    if isinstance(vectors, Mapping):
        check_types(vectors, "embeddings")
        return EmbeddingsByType(vectors, **fields)
    if not isinstance(vectors, list):
        expected = "expected an array of vectors, or an object with one for each type"
        raise StreamError(f"embeddings is {kind(vectors)}; {expected}")
    check_vectors(vectors, "float", "embeddings")
    return Embeddings(vectors, **fields)


def _to_dict(answer: Embeddings | EmbeddingsByType, vectors: Any) -> dict[str, Any]:
    return written(
        answer,
        _DIALECT,
        embeddings=vectors,
        texts=answer.texts,
        response_type=answer.response_type,
    )
