"""Documents: what goes in comes out, and nothing else is taken for one."""

import json
import os
import pickle
import stat
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from gaussmix.persistence import document, load_document, remove_document, save_document


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.gmm"


def header_of(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    return json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["gaussmix"])  # type: ignore[no-any-return]


ARRAYS = {
    "plain": np.random.default_rng(0).normal(size=(3, 4)),
    "minus zero": np.array([-0.0, 0.0]),
    "no number": np.array([np.nan, np.inf, -np.inf]),
    "subnormal": np.array([5e-324, -2.5e-310]),
    "scalar": np.array(-0.0),
    "empty": np.empty((0, 3)),
    "empty 2": np.empty((2, 0, 1), dtype=np.float32),
    "single": np.float32([0.1, -0.0]),
    "whole": np.array([2**63 - 1, -(2**63)]),
    "small": np.array([0, 255], dtype=np.uint8),
    "flags": np.array([[True], [False]]),
    "transposed": np.arange(12.0).reshape(3, 4).T,
    "strided": np.arange(12.0)[::-3],
    "big-endian": np.arange(3, dtype=">f8"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_keep_their_bits_shape_and_type(name: str, path: Path) -> None:
    save_document(path, {name: ARRAYS[name]}, {})
    found = load_document(path).arrays[name]
    assert found.shape == ARRAYS[name].shape
    assert found.dtype == ARRAYS[name].dtype.newbyteorder("=")
    assert found.tobytes() == ARRAYS[name].astype(found.dtype).tobytes()


def test_all_arrays_in_one_file(path: Path) -> None:
    save_document(path, ARRAYS, {"n": len(ARRAYS)})
    found = load_document(path)
    assert found.arrays.keys() == ARRAYS.keys()
    assert found.metadata == {"n": len(ARRAYS)}


METADATA: list[Any] = [
    None,
    True,
    0,
    2**80,
    0.1,
    1e-320,
    "text",
    "Länge ≤ 5 µm\n\0",
    "nan",
    [],
    {},
    [1, [2.5, None], {"a": []}],
    {"deep": {"er": [float("inf"), -float("inf")]}},
]


@pytest.mark.parametrize("value", METADATA)
def test_plain_values_come_back(value: Any, path: Path) -> None:
    save_document(path, {}, {"value": value})
    found = load_document(path).metadata["value"]
    assert found == value
    assert type(found) is type(value)


def test_numbers_that_json_has_not(path: Path) -> None:
    save_document(path, {}, {"nan": float("nan"), "minus": -0.0, "history": [1.0, np.nan]})
    found = load_document(path).metadata
    assert np.isnan(found["nan"])
    assert np.signbit(found["minus"])
    assert np.isnan(found["history"][1])
    assert header_of(path)["metadata"]["nan"] == {"$float": "nan"}


def test_tuples_become_lists_and_numpy_numbers_plain_ones(path: Path) -> None:
    save_document(path, {}, {"a": (1, np.int64(2)), "b": np.float64(0.5), "c": np.bool_(1)})
    found = load_document(path).metadata
    assert found == {"a": [1, 2], "b": 0.5, "c": True}
    assert type(found["c"]) is bool


def test_the_file_says_what_it_is(path: Path) -> None:
    save_document(path, {}, {"a": 1})
    header = header_of(path)
    assert header.pop("writer")
    assert header == {"format": "gaussmix", "version": 1, "metadata": {"a": 1}}


@pytest.mark.parametrize(
    ("arrays", "metadata", "told"),
    [
        ({}, {"a": {"b": [0, object]}}, r"metadata\['a'\]\['b'\]\[1\] is <class"),
        ({}, {"a": {1: 2}}, r"a key of metadata\['a'\] is 1"),
        ({}, {"$float": "nan"}, r"a key of metadata is '\$float'"),
        ({}, {"a": np.ones(2)}, r"metadata\['a'\] is array"),
        ({}, {"a": 1j}, r"metadata\['a'\] is 1j"),
        ({"x": np.array(["a"])}, {}, r"array 'x' is dtype\('<U1'\)"),
        ({"x": np.array([None])}, {}, r"array 'x' is dtype\('O'\)"),
        ({"x": np.ones(2, dtype=complex)}, {}, r"array 'x' is dtype\('complex128'\)"),
    ],
)
def test_what_cannot_be_stored(arrays: Any, metadata: Any, told: str, path: Path) -> None:
    with pytest.raises(TypeError, match=told):
        save_document(path, arrays, metadata)
    assert list(path.parent.iterdir()) == []


def test_a_file_is_replaced_and_nothing_is_left_beside_it(path: Path) -> None:
    save_document(path, {}, {"a": 1})
    save_document(str(path), {}, {"a": 2})
    assert load_document(path).metadata == {"a": 2}
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_permissions_are_those_of_any_new_file(mask: int, path: Path) -> None:
    before = os.umask(mask)
    try:
        save_document(path, {}, {})
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_no_other(
    failing: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_document(path, {}, {"a": 1})

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if failing == "fsync" else (Path, "replace")), fail)
    with pytest.raises(OSError, match="No space left"):
        save_document(path, {}, {"a": 2})
    assert load_document(path).metadata == {"a": 1}
    assert list(path.parent.iterdir()) == [path]


def test_a_link_stays_a_link(path: Path) -> None:
    link = path.with_name("latest")
    save_document(path, {}, {"a": 1})
    link.symlink_to(path)
    save_document(link, {}, {"a": 2})
    assert link.is_symlink()
    assert load_document(path).metadata == {"a": 2}


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device file")
def test_a_device_is_written_to_and_not_replaced() -> None:
    save_document("/dev/null", {}, {})
    assert Path("/dev/null").is_char_device()


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"folder .*none' does not exist. Create it"):
        save_document(tmp_path / "none" / "m", {}, {})
    with pytest.raises(IsADirectoryError, match="is a folder"):
        save_document(tmp_path, {}, {})


def test_a_truncated_file_at_every_length(path: Path) -> None:
    save_document(path, {"x": np.arange(4.0)}, {"a": 1})
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"is truncated or damaged|is not one"):
            load_document(path)
    path.write_bytes(content[:-1])
    with pytest.raises(ValueError, match=r"model\.gmm' is truncated or damaged.*Copy it again"):
        load_document(path)


def test_a_file_with_more_behind_it(path: Path) -> None:
    save_document(path, {"x": np.arange(4.0)}, {})
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ValueError, match="truncated or damaged"):
        load_document(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", r"truncated or damaged \(it is empty\)"),
        (b"a,b\n1,2\n", r"not one: it starts with the bytes b'a,b"),
        (b"hello", r"not one"),
        (pickle.dumps({"a": 1}), r"not one"),
        (save({"x": np.ones(2)}), r"a safetensors file of another program"),
        (save({}, metadata={"format": "pt"}), r"a safetensors file of another program"),
        (save({}, metadata={"gaussmix": "{"}), r"header cannot be read"),
        (save({}, metadata={"gaussmix": "[]"}), r"header cannot be read"),
        (save({}, metadata={"gaussmix": '{"format": "gaussmix"}'}), r"header cannot be read"),
    ],
)
def test_files_of_another_kind(content: bytes, told: str, path: Path) -> None:
    path.write_bytes(content)
    with pytest.raises(ValueError, match=told):
        load_document(path)


def with_header(**changes: object) -> bytes:
    header = {"format": "gaussmix", "version": 1, "writer": "9.9.9", "metadata": {}, **changes}
    return save({}, metadata={"gaussmix": json.dumps(header)})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"version": 2}, r"version 2, written by gaussmix 9\.9\.9.*up to 1\. Update gaussmix"),
        ({"format": "other"}, r"its format is 'other'"),
        ({"metadata": 3}, r"no metadata"),
        ({"version": "new"}, r"header cannot be read"),
    ],
)
def test_headers_that_are_not_ours(changes: dict[str, object], told: str, path: Path) -> None:
    path.write_bytes(with_header(**changes))
    with pytest.raises(ValueError, match=told):
        load_document(path)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_document(tmp_path / "m")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        load_document(tmp_path)


def test_pickle_is_nowhere_near() -> None:
    assert "pickle" not in Path(document.__file__).read_text()


def test_removal_takes_the_drafts_of_killed_writers_along(tmp_path):
    path = tmp_path / "fit [1].checkpoint"
    save_document(path, {"a": np.ones(2)}, {})
    (tmp_path / ".fit [1].checkpoint.0123456789abcdef.part").write_bytes(b"half")
    other = tmp_path / ".other.checkpoint.0123456789abcdef.part"
    other.write_bytes(b"somebody else's")
    remove_document(path)
    assert list(tmp_path.iterdir()) == [other]
    remove_document(path)
