"""Trees taken apart and made again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gaussmix.persistence import Kind, fold, load_document, record, save_document, unfold


@dataclass(frozen=True)
class Leaf:
    size: int


@dataclass(frozen=True)
class Branch:
    leaves: tuple[Leaf, ...]
    weight: np.ndarray


LEAF = Kind(
    Leaf,
    lambda leaf: ({"zeros": np.zeros(leaf.size)}, {"told": "leaf"}),
    lambda arrays, content: Leaf(len(arrays["zeros"])),
)
KINDS = (LEAF, record(Branch, lambda: KINDS))


def through_a_file(value: Any, path: Path) -> Any:
    arrays, plain = fold(value, KINDS)
    save_document(path, arrays, {"tree": plain})
    document = load_document(path)
    return unfold(document.metadata["tree"], document.arrays, KINDS)


TREES: list[Any] = [
    None,
    True,
    3,
    float("-inf"),
    "text",
    [],
    (),
    {},
    [1, (2.5, "a"), {"b": [None]}],
    {"a": {"$kind": "not a kind"}},
    {1: "whole", "1": "text", False: "no"},
    {None: 1, 2.5: (Leaf(2), Leaf(0))},
    {1: Leaf(2), "1": Leaf(3)},
    (Leaf(1), [Leaf(3)]),
]


@pytest.mark.parametrize("tree", TREES, ids=str)
def test_trees_come_back(tree: Any, tmp_path: Path) -> None:
    again = through_a_file(tree, tmp_path / "tree")
    assert again == tree
    assert type(again) is type(tree)
    if isinstance(tree, dict):
        assert [type(key) for key in again] == [type(key) for key in tree]


@pytest.mark.parametrize(
    "array",
    [
        np.array([1.0, np.nan, -0.0]),
        np.float32(0.1) * np.ones((2, 3), dtype=np.float32),
        np.array([[1], [2]], dtype=np.int16),
        np.array([True, False]),
        np.array(["a", "Länge"]),
        np.array([["a", None], [3, True]], dtype=object),
        np.array([], dtype="<U1"),
    ],
    ids=str,
)
def test_arrays_keep_type_shape_and_bits(array: np.ndarray, tmp_path: Path) -> None:
    again = through_a_file({"a": [array]}, tmp_path / "tree")["a"][0]
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    if array.dtype == object:
        assert [*map(repr, again.ravel())] == [*map(repr, array.ravel())]
    else:
        assert again.tobytes() == array.tobytes()


def test_values_of_fields_hold_trees(tmp_path: Path) -> None:
    branch = Branch((Leaf(2), Leaf(4)), np.arange(3.0))
    arrays, _ = fold({"own": branch}, KINDS)
    assert sorted(arrays) == ["own.leaves.0.zeros", "own.leaves.1.zeros", "own.weight"]
    again = through_a_file({"own": branch}, tmp_path / "tree")["own"]
    assert again.leaves == branch.leaves
    assert again.weight.tobytes() == branch.weight.tobytes()


def test_numpy_numbers_and_ranges_become_plain() -> None:
    _, plain = fold([np.int64(2), np.float64(0.5), np.bool_(1), range(3)], ())
    assert plain[:3] == [2, 0.5, True]
    assert unfold(plain, {}, ())[3] == (0, 1, 2)


@pytest.mark.parametrize(
    ("tree", "told"),
    [
        ({"a": {"b": [0, object]}}, r"a\.b\.1 is <class 'object'>"),
        ({"a": Leaf(1)}, r"a is Leaf"),
        ({"a": {(1, 2): 3}}, r"a label in a is \(1, 2\)"),
        ({"a": np.array([object()], dtype=object)}, r"a label in a is <object"),
        ({"a": {1, 2}}, r"a is \{1, 2\}"),
    ],
)
def test_what_is_no_tree_is_named(tree: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        fold(tree, ())


def test_values_of_other_kinds_are_not_made() -> None:
    arrays, plain = fold({"a": Leaf(1)}, KINDS)
    with pytest.raises(ValueError, match="'Leaf' is none of the values there may be"):
        unfold(plain, arrays, ())
    with pytest.raises(KeyError, match="zeros"):
        unfold(plain, {}, KINDS)
    with pytest.raises(ValueError, match="labels of type float64"):
        unfold({"$kind": "labels", "dtype": "<f8", "shape": [1], "content": [1]}, {}, ())
