"""Values taken apart and made again."""

from abc import ABC
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import pytest

from gaussmix.persistence import below, load_document, pack, save_document, unpack


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


class Shape(ABC):  # noqa: B024  a base class is all that is needed
    pass


@dataclass(frozen=True)
class Round(Shape):
    radius: np.ndarray


@dataclass(frozen=True)
class Oval(Round):
    other: np.ndarray


class Unit:
    def __reduce__(self) -> str:
        return "METRE"


METRE = Unit()


@dataclass(frozen=True, slots=True)
class Pair:
    left: Shape
    right: "Shape | None" = None


@dataclass(frozen=True, slots=True)
class Whole:
    pair: Pair
    mood: Mood = Mood.GOOD
    numbers: tuple[float, ...] = ()
    weight: float = 1.0
    unit: Unit = METRE


WHOLE = Whole(
    Pair(Round(np.array([1.0, -0.0])), Oval(np.eye(2), np.ones((0, 3)))),
    Mood.BAD,
    (0.1, float("inf"), -0.0),
    np.float64(0.3),
)


def test_values_come_back_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "value"
    save_document(path, *pack(WHOLE))
    found = load_document(path)
    again = unpack(Whole, found.arrays, found.metadata)
    assert again.mood is Mood.BAD
    assert repr(again.numbers) == repr(WHOLE.numbers)
    assert again.weight == 0.3
    assert again.unit is METRE
    assert isinstance(again.pair.right, Oval)
    assert type(again.pair.left) is Round
    assert pack(again)[0].keys() == pack(WHOLE)[0].keys()
    for name, array in pack(again)[0].items():
        assert array.tobytes() == pack(WHOLE)[0][name].tobytes(), name


def test_arrays_are_named_after_their_place() -> None:
    arrays, metadata = pack(WHOLE)
    assert sorted(arrays) == ["pair.left.radius", "pair.right.other", "pair.right.radius"]
    assert metadata["pair"]["right"] == {"class": "Oval"}
    assert sorted(below(arrays, "pair.right")) == ["other", "radius"]


def test_what_is_missing_takes_its_default() -> None:
    arrays, metadata = pack(Whole(Pair(Round(np.ones(1)))))
    del metadata["mood"], metadata["pair"]["right"]
    again = unpack(Whole, arrays, metadata | {"unknown": 3})
    assert again.mood is Mood.GOOD
    assert again.pair.right is None


@pytest.mark.parametrize("name", ["Whole", "Path", "Pair", "dict", "nothing"])
def test_only_declared_classes_are_made(name: str) -> None:
    arrays, metadata = pack(WHOLE)
    metadata["pair"]["left"] = {"class": name}
    with pytest.raises(KeyError, match=name):
        unpack(Whole, arrays, metadata)


def test_content_that_does_not_fit_is_refused() -> None:
    arrays, metadata = pack(WHOLE)
    with pytest.raises(TypeError, match="radius"):
        unpack(Whole, {}, metadata)
    for name in ("WHOLE", "Unit", "nothing"):
        with pytest.raises(TypeError, match=f"'{name}' is no Unit"):
            unpack(Whole, arrays, metadata | {"unit": {"constant": name}})
    with pytest.raises(ValueError, match="so-so"):
        unpack(Whole, arrays, metadata | {"mood": "so-so"})
