"""Results of classify: the labels of some texts.

There are four forms of a classification:

===================================================  ==========================================
``"spam"``, or ``1``                                 a label
``["spam", "urgent"]``                               all labels, of a model that may give several
``{"prediction": …, "confidence": […], "text": …}``  either one, since version 2 of the package
``{"classification_type": …, "input": …, …}``        either one, on Cohere's own platform
===================================================  ==========================================

The body of the first three is an array of them, and that of the last an object with the key
``classifications``. ``Classification`` keeps the value as it came, and its attributes read it.

Sources: ``cohere_aws/classification.py`` of https://github.com/cohere-ai/cohere-aws for the first
three forms, and https://docs.cohere.com/reference/classify for the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ._answers import (
    Listed,
    check_error,
    check_keys,
    check_list,
    common_fields,
    is_written,
    object_of,
    required,
    written,
)
from ._field import array, is_finite, kind, number, python_type, string
from ._plain import parse_body, read_response, usage_counts
from ._results import Usage, copied
from .error import StreamError
from .response import AnswerRecord, Record

if TYPE_CHECKING:
    from typing import TypeAlias

    from .mode import Mode

    Prediction: TypeAlias = str | int | list[str] | list[int]

__all__ = ["Classification", "Classifications"]

_DIALECT = "classify"
_KEYS = frozenset(("classifications",))
# The keys of a classification that is an object: one of them is there.
_PREDICTIONS = ("prediction", "predictions")
_SEVERAL = "multi-label"

_NOT_AVAILABLE = (
    "not available for version prior to 2.0 of Cohere Classification Finetuning AWS package"
)


class Classification(Record):
    """Classification of one text: a label, or several.

    Args:
        classification: A label, a list of labels, or a dict with them as ``prediction``.

    Raises:
        StreamError: It is none of these. The message says what is expected.

    Attributes:
        classification: The classification as it came.
    """

    _documented: ClassVar = ("classification",)

    classification: Prediction | dict[str, Any]

    def __init__(self, classification: Prediction | dict[str, Any]) -> None:
        _check(classification, "classification")
        self._set(classification=classification)

    def is_multilabel(self) -> bool:
        """Return whether the model may give several labels to a text."""
        type_ = self._facts().get("classification_type")
        return isinstance(self.prediction, list) if type_ is None else type_ == _SEVERAL

    @property
    def prediction(self) -> Prediction:
        """Return the label; for a model that may give several, the list of them."""
        fields = self._facts()
        one, several = (fields.get(key) for key in _PREDICTIONS)
        prefers_several = several and fields.get("classification_type") == _SEVERAL
        found: Any = several if one is None or prefers_several else one
        return found  # type: ignore[no-any-return]  # _check has found it to be one

    @property
    def confidence(self) -> list[float]:
        """Return the confidence in each label of the prediction, from 0 to 1.

        Raises:
            ValueError: The classification has none.
        """
        fields = self._facts()
        found = fields.get("confidences")
        found = fields.get("confidence") if found is None else found
        if found is None:
            raise ValueError(f"Confidence scores are {_NOT_AVAILABLE}")
        return found if isinstance(found, list) else [found]

    @property
    def text(self) -> str:
        """Return the text.

        Raises:
            ValueError: The classification has none.
        """
        fields = self._facts()
        found = fields.get("text")
        found = fields.get("input") if found is None else found
        if found is None:
            raise ValueError(f"Original text is {_NOT_AVAILABLE}")
        return str(found)

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that ``Classifications.from_dict`` reads back, as part of an answer."""
        return {"classification": self.classification}

    def _facts(self) -> Mapping[str, Any]:
        """Return the classification as an object, which two of its forms are."""
        found = self.classification
        return found if isinstance(found, Mapping) else {"prediction": found}


class Classifications(AnswerRecord, Listed[Classification]):
    """Classifications of some texts, in their order.

    Attributes:
        classifications: The classifications.
        id: The service's name for the call.
        meta: Facts about the call from the service, such as ``billed_units``.
        usage: Tokens and time that the call took, where the service reports them.
        extra: Fields of the service that no other attribute holds, unchanged; or ``None``.

    Raises:
        StreamError: Some classifications have one label, and others may have several.
        TypeError: *classifications* is not a list of ``Classification``.
    """

    _documented: ClassVar = ("classifications",)
    _list: ClassVar = "classifications"

    classifications: list[Classification]
    id: str | None
    meta: dict[str, Any] | None
    usage: Usage | None
    extra: dict[str, Any] | None

    def __init__(
        self,
        classifications: list[Classification],
        *,
        id: str | None = None,  # noqa: A002  # as the service calls it
        meta: Mapping[str, Any] | None = None,
        usage: Usage | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        check_list(classifications, "classifications", "a list of Classification objects")
        values: list[object] = [*classifications]
        for i, value in enumerate(values):
            if not isinstance(value, Classification):
                found = f"classifications[{i}] is {python_type(value)}"
                raise TypeError(f"{found}; expected a Classification")
        self._set(
            classifications=classifications,
            id=id,
            meta=copied(meta),
            usage=usage,
            extra=copied(extra),
        )
        for i, each in enumerate(classifications):
            if each.is_multilabel() != self.is_multilabel():
                form = ("has one label", "may have several")
                first, other = form[self.is_multilabel()], form[each.is_multilabel()]
                message = f"classifications[0] {first}, and classifications[{i}] {other}"
                raise StreamError(f"{message}; expected all of the same type")

    def is_multilabel(self) -> bool:
        """Return whether the model may give several labels to a text; ``False`` without texts."""
        return bool(self.classifications) and self.classifications[0].is_multilabel()

    @classmethod
    def from_dict(cls, response: Mapping[str, Any] | list[Any]) -> Classifications:
        """Read the parsed body of a response of classify.

        A dict that ``to_dict()`` returned reads back to an equal object.

        Args:
            response: The body: an array, or an object with ``classifications``.

        Raises:
            ServiceError: The body reports an error.
            StreamError: A field is missing, or has another type than documented; or some
                classifications have one label, and others may have several. The message says which.
        """
        return cls._read(response, None)

    @classmethod
    def from_response(cls, response: Mapping[str, Any], mode: Mode) -> Classifications:
        """Read the response of boto3's ``invoke_endpoint``.

        The body is read to its end and closed.

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
        return read_response(cls._from_body, response, mode)

    @classmethod
    def _from_body(cls, data: bytes, response: Mapping[str, Any], mode: Mode) -> Classifications:
        """Read the bytes of the body of *response*."""
        return cls._read(parse_body(data), Usage(**usage_counts(response, mode)))

    @classmethod
    def _read(cls, response: object, usage: Usage | None) -> Classifications:
        body = {"classifications": response} if isinstance(response, list) else response
        body = object_of(body, "classifications")
        values = required(body, "classifications", array(body, "classifications"))
        if is_written(body, _DIALECT):
            values = [_value_of(value, f"classifications[{i}]") for i, value in enumerate(values)]
        for i, value in enumerate(values):
            _check(value, f"classifications[{i}]")
        fields = common_fields(body, _DIALECT, _KEYS, usage)
        return cls([Classification(value) for value in values], **fields)

    def to_dict(self) -> dict[str, Any]:
        """Return a dict that JSON can write and ``from_dict`` reads to an equal object."""
        values = [each.to_dict() for each in self.classifications]
        return written(self, _DIALECT, classifications=values)


def _value_of(value: object, where: str) -> Any:
    """Return the classification in *value*, which ``Classification.to_dict`` wrote."""
    if not isinstance(value, Mapping):
        raise StreamError(f"{where} is {kind(value)}; expected an object")
    check_keys(value, {"classification"}, where)
    return required(value, "classification", value.get("classification"), where)


def _check(value: object, where: str) -> None:
    """Raise an error unless *value* is a classification."""
    if not isinstance(value, Mapping):
        return _check_labels(value, where, "a label, an array of them, or an object")
    check_error(value, *_PREDICTIONS)
    several = array(value, "predictions", where)
    if value.get("prediction") is not None:
        _check_labels(value["prediction"], f"{where}.prediction", "a label or an array of them")
    else:
        required(value, "prediction", several, where)
    _check_labels(several or [], f"{where}.predictions", "an array of labels")
    string(value, "classification_type", where)
    for key in ("text", "input"):
        string(value, key, where)
    for key in ("confidence", "confidences"):
        _check_numbers(value, key, where)
    return None


def _check_numbers(source: Mapping[str, Any], key: str, where: str) -> None:
    numbers = source.get(key)
    if not isinstance(numbers, list):
        number(source, key, where)
        return
    for i, each in enumerate(numbers):
        if not is_finite(each):
            raise StreamError(f"{where}.{key}[{i}] is {kind(each)}; expected a finite number")


def _check_labels(value: object, where: str, expected: str) -> None:
    if isinstance(value, list):
        for i, each in enumerate(value):
            if not _is_label(each):
                raise StreamError(f"{where}[{i}] is {kind(each)}; expected a label")
    elif not _is_label(value):
        raise StreamError(f"{where} is {kind(value)}; expected {expected}")


def _is_label(value: object) -> bool:
    # A bool is an int in Python, and is not a label in JSON.
    return isinstance(value, (str, int)) and not isinstance(value, bool)
