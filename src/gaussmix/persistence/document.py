"""A document: named arrays and a tree of plain values, and the one file that holds both.

The file is a safetensors file. Its arrays are the document's; its metadata has one key,
``"gaussmix"``, whose value is JSON::

    {"format": "gaussmix", "version": 1, "writer": "0.1.0", "metadata": {…}}

JSON has no NaN and no infinities: such a number is the object ``{"$float": "nan"}``, with
``"inf"`` and ``"-inf"`` for the others, wherever it stands in the tree.
"""

import glob
import json
import math
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix._version import __version__

_KEY = "gaussmix"
_FORMAT = "gaussmix"
#: Raised when a file is written that older versions would misread.
_VERSION = 1
_FLOAT = "$float"
#: A file is written beside its place first, under its name with a dot before and this behind.
_DRAFT, _LONGEST_NAME = ".part", 200
#: Booleans, integers and floats, by NumPy's letters; a long double is no type of safetensors.
_DTYPES = frozenset("biuf")
_LARGEST_ITEM = 8


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds.

    Attributes
    ----------
    arrays : dict of str to array
    metadata : dict of str to plain value
        Tuples come back as lists, NumPy numbers as Python's.
    """

    arrays: dict[str, AnyArray]
    metadata: dict[str, Any]


def save_document(
    path: errors.StrPath, arrays: Mapping[str, AnyArray], metadata: Mapping[str, object]
) -> None:
    """Nothing; afterwards the file holds the arrays and the metadata, all or nothing.

    Parameters
    ----------
    path : path
        An existing file is replaced in one step: readers see the old or the new one.
    arrays : mapping of str to array
        Floats, integers or booleans of any shape; their bits are kept.
    metadata : mapping of str to plain value
        None, bool, int, float, str, and lists and string-keyed dicts of them.

    Raises
    ------
    TypeError
        For a value or an array that the file cannot hold.
    OSError
        Where the file cannot be written; nothing is left behind.
    """
    header = {
        "format": _FORMAT,
        "version": _VERSION,
        "writer": __version__,
        "metadata": _plain(metadata, "metadata"),
    }
    tensors = {name: _storable(name, array) for name, array in arrays.items()}
    text = json.dumps(header, allow_nan=False, ensure_ascii=False)
    _write(path, save(tensors, metadata={_KEY: text}))


def remove_document(path: errors.StrPath) -> None:
    """Nothing; afterwards the file is gone, and drafts of it that a killed writer left.

    Parameters
    ----------
    path : path
        Need not exist.
    """
    target = Path(os.path.realpath(path))
    target.unlink(missing_ok=True)
    for draft in target.parent.glob(f".{glob.escape(target.name[:_LONGEST_NAME])}.*{_DRAFT}"):
        draft.unlink(missing_ok=True)


def load_document(path: errors.StrPath) -> Document:
    """What `save_document` wrote; nothing in the file is ever executed.

    Parameters
    ----------
    path : path

    Returns
    -------
    Document

    Raises
    ------
    OSError
        Where the file does not exist or is a folder.
    ValueError
        Where it is damaged, of another kind, or of a later version.
    """
    _check_is_file(path)
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = _metadata(path, (file.metadata() or {}).get(_KEY))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  no mapping
    except SafetensorError as error:
        raise _unreadable(path, str(error)) from None
    return Document(arrays, metadata)


def _check_is_file(path: errors.StrPath) -> None:
    place = Path(path)
    if place.is_dir():
        raise errors.file_is_folder(path)
    if not place.exists():
        raise errors.file_missing(path)
    if place.stat().st_size == 0:
        raise errors.model_damaged(path, "it is empty")


def _unreadable(path: errors.StrPath, reason: str) -> ValueError:
    """What to say of a file that safetensors refuses: a cut one, or one of another kind."""
    with Path(path).open("rb") as file:
        start = file.read(10)
    # The length of the header, then the header's JSON.
    if b'{"'.startswith(start[8:]) and b"\0" in start[:8]:
        return errors.model_damaged(path, reason)
    return errors.not_a_model(path, f"it starts with the bytes {start!r}")


def _metadata(path: errors.StrPath, text: str | None) -> dict[str, Any]:
    """The metadata in a file's header, where this version can read it."""
    if text is None:
        raise errors.not_a_model(path, "it is a safetensors file of another program")
    try:
        header = json.loads(text)
        kind, version, writer = header["format"], int(header["version"]), str(header["writer"])
    except (KeyError, TypeError, ValueError) as error:
        raise errors.model_damaged(path, f"its header cannot be read: {error!r}") from None
    if kind != _FORMAT:
        raise errors.not_a_model(path, f"its format is {kind!r}")
    if version > _VERSION:
        raise errors.model_too_new(path, version, _VERSION, writer)
    if not isinstance(header.get("metadata"), dict):
        raise errors.model_damaged(path, "its header has no metadata")
    restored: dict[str, Any] = _restored(header["metadata"])
    return restored


def _plain(value: object, where: str) -> object:
    """The value as JSON can hold it."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {_FLOAT: str(value)}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, Mapping):
        return {_key(key, where): _plain(item, f"{where}[{key!r}]") for key, item in value.items()}
    raise errors.not_storable(where, value)


def _key(key: object, where: str) -> str:
    if not isinstance(key, str) or key == _FLOAT:
        raise errors.not_storable(f"a key of {where}", key)
    return key


def _restored(value: Any) -> Any:
    """The value that `_plain` was given."""
    if isinstance(value, list):
        return [_restored(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {_FLOAT}:
        return float(value[_FLOAT])
    return {key: _restored(item) for key, item in value.items()}


def _storable(name: str, array: AnyArray) -> AnyArray:
    """The array as safetensors takes it: contiguous and little-endian."""
    array = np.asarray(array)
    if array.dtype.kind not in _DTYPES or array.dtype.itemsize > _LARGEST_ITEM:
        raise errors.not_storable(f"array {name!r}", array.dtype)
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")


def _write(path: errors.StrPath, content: bytes) -> None:
    """Puts the content at the path in one step, or changes nothing."""
    # A link stays a link to the file it names.
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise errors.file_is_folder(path)
    if not target.parent.is_dir():
        raise errors.folder_missing(path)
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        # A pipe or /dev/null is written to; it must not be replaced by a file.
        target.write_bytes(content)
        return
    name = target.name[:_LONGEST_NAME]
    draft = target.with_name(f".{name}.{secrets.token_hex(8)}{_DRAFT}")
    try:
        _write_new(draft, content)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _write_new(path: Path, content: bytes) -> None:
    """A new file, with the permissions of any new file, that has reached the disk."""
    # "x" creates with 0o666 less the umask, which tempfile's functions do not.
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
