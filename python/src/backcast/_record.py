"""What every typed result can do: be written as the document it came from, be read from it, be compared.

>>> from backcast.results import Projection
>>> Projection.from_dict({"expected": 2.0, "low": 1.0, "high": 3.0}).low
1.0
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Any, Self, Union, get_args, get_origin, get_type_hints

from backcast import _native


class Record:
    """A frozen result with attributes; equal to another that holds the same."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Give the document: dicts, lists, numbers and text, with days as ISO text, as every language has it."""
        own: Any = type(self)
        return {name: _written(getattr(self, attribute)) for attribute, name, _ in _shape(own)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_dict` has written; what a later release has added is left out.

        Raises
        ------
        BackcastError
            `damaged` for a document in which something is missing, or is not what it should be.
        """
        if not isinstance(document, Mapping):
            raise _native.refuse("damaged", f"`{cls.__name__}` is {_short(document)}")
        own: Any = cls
        found = {}
        for attribute, name, read in _shape(own):
            try:
                found[attribute] = read(document.get(name))
            except (TypeError, ValueError) as error:
                if isinstance(error, _native.BackcastError):
                    raise
                raise _native.refuse(
                    "damaged", f"`{name}` of `{cls.__name__}` is {_short(document.get(name))}"
                ) from error
        return cls(**found)


class Entries(Mapping[str, Any]):
    """What a result holds by name: read like a dict, and frozen like the result.

    >>> numbers = Entries({"needed": 2789.0})
    >>> numbers["needed"], dict(numbers) == numbers, hash(numbers) == hash(Entries(numbers))
    (2789.0, True, True)
    """

    __slots__ = ("_held",)

    def __init__(self, held: Mapping[str, Any]) -> None:
        self._held = dict(held)

    def __getitem__(self, name: str) -> Any:
        return self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __hash__(self) -> int:
        return hash(frozenset(self._held.items()))

    def __repr__(self) -> str:
        return repr(self._held)


def _short(value: Any) -> str:
    return "missing" if value is None else f"`{str(value)[:60]}`"


def _written(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, tuple | list):
        return [_written(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _written(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


@cache
def _shape(cls: Any) -> list[tuple[str, str, Callable[[Any], Any]]]:
    """Give per field its attribute, its key, and how its value is read."""
    hints = get_type_hints(cls, vars(sys.modules[cls.__module__]))
    # Words that Python keeps for itself stand with an underscore after them.
    return [(field.name, field.name.removesuffix("_"), _reader(hints[field.name])) for field in fields(cls)]


def _reader(hint: Any) -> Callable[[Any], Any]:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        known = [_reader(part) for part in parts if part is not NoneType]
        return _optional(known[0]) if NoneType in parts and len(known) == 1 else _as_it_is
    if origin is tuple:
        item = _reader(parts[0])
        return lambda value: tuple([item(each) for each in _list(value)])
    if origin is Mapping:
        item = _reader(parts[1])
        return lambda value: Entries({key: item(each) for key, each in _mapping(value).items()})
    if isinstance(hint, type) and issubclass(hint, Record):
        return hint.from_dict
    if hint is date:
        return date.fromisoformat
    return _exactly(hint) if hint in {int, float, str, bool} else _as_it_is


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError(value)
    return list(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(value)
    return value


def _optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _exactly(kind: type[Any]) -> Callable[[Any], Any]:
    allowed = (int, float) if kind is float else (kind,)

    def read(value: Any) -> Any:
        if type(value) not in allowed:
            raise TypeError(value)
        return value

    return read


def _as_it_is(value: Any) -> Any:
    return value
