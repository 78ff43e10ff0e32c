"""Frozen values, however nested, taken apart into arrays and plain values, and made again."""

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar, get_args, get_type_hints

import numpy as np

from gaussmix._typing import AnyArray

Value = TypeVar("Value")

_CLASS = "class"
_CONSTANT = "constant"
_PLAIN = (bool, int, float, str, list, tuple, dict, np.generic, type(None))


def pack(value: Any) -> tuple[dict[str, AnyArray], dict[str, Any]]:
    """Arrays and metadata of a dataclass, as `save_document` takes them.

    Parameters
    ----------
    value : dataclass
        Its fields hold arrays, plain values, tuples of these, dataclasses of the same kind, or
        constants that are pickled by their names.

    Returns
    -------
    arrays : dict of str to array
        By the names of the fields; those of a value in a field are "field.name".
    metadata : dict of str to plain value
        A value in a field is a dict that names its class, a constant one of its own name.
    """
    arrays: dict[str, AnyArray] = {}
    metadata: dict[str, Any] = {}
    for field in fields(value):
        content = getattr(value, field.name)
        if isinstance(content, np.ndarray):
            arrays[field.name] = content
        elif is_dataclass(content):
            inner, rest = pack(content)
            arrays |= {f"{field.name}.{name}": array for name, array in inner.items()}
            metadata[field.name] = {_CLASS: type(content).__name__, **rest}
        elif isinstance(content, _PLAIN):
            metadata[field.name] = content
        else:
            metadata[field.name] = {_CONSTANT: content.__reduce__()}
    return arrays, metadata


def unpack(kind: type[Value], arrays: Mapping[str, AnyArray], metadata: Mapping[str, Any]) -> Value:
    """The value that `pack` took apart.

    A class that the metadata name is made only where the field is declared to hold it or one
    that it derives from; a constant is one of the module that declares its class. Names that
    are no fields are ignored.

    Parameters
    ----------
    kind : type
        The value's class.
    arrays, metadata : mappings
        As `pack` returned them; a field that is in neither takes its default.

    Raises
    ------
    KeyError, TypeError, ValueError
        Where they are not those of such a value.
    """
    declared = get_type_hints(kind)
    content: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]  # every value is a dataclass
        name = field.name
        if name in arrays:
            content[name] = arrays[name]
        elif name in metadata:
            content[name] = _restored(declared[name], metadata[name], below(arrays, name))
    return kind(**content)


def below(arrays: Mapping[str, AnyArray], name: str) -> dict[str, AnyArray]:
    """The arrays "name.…", without that prefix."""
    prefix = f"{name}."
    return {
        key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)
    }


def _restored(declared: Any, content: Any, arrays: Mapping[str, AnyArray]) -> Any:
    """The content of a field, as its declaration says."""
    if isinstance(content, dict) and _CLASS in content:
        return unpack(_kinds(declared)[content[_CLASS]], arrays, content)
    if isinstance(content, dict) and _CONSTANT in content:
        return _constant(declared, content[_CONSTANT])
    if isinstance(declared, type) and issubclass(declared, Enum):
        return declared(content)
    return tuple(content) if isinstance(content, list) else content


def _kinds(declared: Any) -> dict[str, type[Any]]:
    """By their names, the classes of a declaration and all that derive from them."""
    kinds = [kind for kind in get_args(declared) or (declared,) if isinstance(kind, type)]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return {kind.__name__: kind for kind in kinds}


def _constant(declared: type[Any], name: str) -> Any:
    """The constant of that name beside the class that a field is declared to hold."""
    found = getattr(sys.modules[declared.__module__], name, None)
    if not isinstance(found, declared):
        raise TypeError(f"{name!r} is no {declared.__name__}")
    return found
