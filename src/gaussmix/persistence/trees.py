"""Trees of plain values, arrays and values of known kinds, as documents hold them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix.persistence.values import below

Arrays = dict[str, AnyArray]

#: What a dict in a document is by: anything but a plain value is one.
_KIND = "$kind"
#: Booleans, integers and floats, by NumPy's letters.
_NUMBERS = "biuf"


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of one class are kept.

    Attributes
    ----------
    owner : type
        The class; files know it by its name.
    take_apart : callable
        From a value to its arrays and its metadata.
    make : callable
        From those to the value.
    """

    owner: type[Any]
    take_apart: Callable[[Any], tuple[Arrays, Any]]
    make: Callable[[Mapping[str, AnyArray], Any], Any]

    @property
    def name(self) -> str:
        """What files call the class."""
        return self.owner.__name__


def record(owner: type[Any], kinds: Callable[[], Sequence[Kind]]) -> Kind:
    """The kind of a dataclass whose fields are trees themselves.

    Parameters
    ----------
    owner : type
    kinds : callable
        The kinds that its fields may hold.
    """

    def take_apart(value: Any) -> tuple[Arrays, Any]:
        content = {field.name: getattr(value, field.name) for field in fields(owner)}
        return fold(content, kinds())

    def make(arrays: Mapping[str, AnyArray], content: Any) -> Any:
        return owner(**unfold(content, arrays, kinds()))

    return Kind(owner, take_apart, make)


def fold(value: Any, kinds: Sequence[Kind], where: str = "") -> tuple[Arrays, Any]:
    """Arrays and a plain value, as `save_document` takes them, from a tree.

    Parameters
    ----------
    value
        None, bool, int, float or str; an array of them, a list, a tuple or a dict of trees; a
        value of one of the kinds.
    kinds : sequence of Kind
    where : str
        The path of the value, which the names of its arrays begin with.

    Raises
    ------
    TypeError
        For anything else, saying where it is.
    """
    arrays: Arrays = {}
    return arrays, _folded(value, kinds, where, arrays)


def unfold(
    plain: Any, arrays: Mapping[str, AnyArray], kinds: Sequence[Kind], where: str = ""
) -> Any:
    """The tree that `fold` took apart; values of other kinds than those given are never made.

    Raises
    ------
    KeyError, TypeError, ValueError
        Where it is none.
    """
    if isinstance(plain, list):
        return [unfold(item, arrays, kinds, _below(where, i)) for i, item in enumerate(plain)]
    if not isinstance(plain, dict):
        return plain
    match plain[_KIND]:
        case "array":
            found: Any = arrays[where]
        case "labels":
            found = _labels(plain)
        case "tuple":
            found = tuple(unfold(plain["content"], arrays, kinds, where))
        case "dict":
            found = {
                key: unfold(item, arrays, kinds, _at(where, key))
                for key, item in zip(plain["keys"], plain["content"], strict=True)
            }
        case name:
            own = next((own for own in kinds if own.name == name), None)
            if own is None:
                raise ValueError(f"{name!r} is none of the values there may be")
            found = own.make(below(arrays, where) if where else arrays, plain["content"])
    return found


def _folded(value: Any, kinds: Sequence[Kind], where: str, arrays: Arrays) -> Any:
    """The plain value of a tree, whose arrays are added to those there are."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        return _folded_array(value, where, arrays)
    if isinstance(value, list | tuple | range):
        items = [_folded(item, kinds, _below(where, i), arrays) for i, item in enumerate(value)]
        return items if isinstance(value, list) else {_KIND: "tuple", "content": items}
    if isinstance(value, Mapping):
        return {
            _KIND: "dict",
            "keys": [_plain_label(key, where) for key in value],
            "content": [
                _folded(item, kinds, _at(where, key), arrays) for key, item in value.items()
            ],
        }
    for kind in kinds:
        if isinstance(value, kind.owner):
            inner, content = kind.take_apart(value)
            arrays |= {_below(where, name): array for name, array in inner.items()}
            return {_KIND: kind.name, "content": content}
    raise errors.not_storable(where, value)


def _folded_array(value: AnyArray, where: str, arrays: Arrays) -> dict[str, Any]:
    if value.dtype.kind in _NUMBERS:
        arrays[where] = value
        return {_KIND: "array"}
    items = [_plain_label(item, where) for item in value.ravel().tolist()]
    return {_KIND: "labels", "dtype": value.dtype.str, "shape": list(value.shape), "content": items}


def _plain_label(key: object, where: str) -> object:
    """A key of a dict, or an entry of an array of labels."""
    plain = key.item() if isinstance(key, np.generic) else key
    if plain is None or isinstance(plain, bool | int | float | str):
        return plain
    raise errors.not_storable(f"a label in {where}", key)


def _labels(plain: Mapping[str, Any]) -> AnyArray:
    """An array of text, or of Python's own values."""
    dtype = np.dtype(plain["dtype"])
    if dtype.kind not in "OU":
        raise ValueError(f"labels of type {dtype}")
    labels = np.empty(len(plain["content"]), dtype=dtype)
    labels[:] = plain["content"]
    return labels.reshape(plain["shape"])


def _below(where: str, name: object) -> str:
    return f"{where}.{name}" if where else str(name)


def _at(where: str, key: object) -> str:
    """The path of what a dict has at a key; those of 1 and "1" differ."""
    return _below(where, key if isinstance(key, str) else f"[{key!r}]")
