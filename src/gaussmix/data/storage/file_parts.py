"""A file of rows that is read a piece at a time: what every kind of it can do."""

import os
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gaussmix import errors
from gaussmix.data.storage.arrow import NO_VALUES, pyarrow

#: Values of a row times rows that are read in one go. With more of them the passes get no
#: faster, and the memory that Parquet takes for a page of every column grows.
_AT_ONCE = 131_072


def rows_at_once(n_columns: int) -> int:
    """Rows to be read in one go."""
    return max(1_024, min(65_536, _AT_ONCE // n_columns))


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether a file is the one that was there before.

    Attributes
    ----------
    size : int
        In bytes.
    changed : int
        Time of its last change, in ns.
    """

    size: int
    changed: int

    @classmethod
    def of(cls, path: str) -> "Stamp":
        """The stamp of a file."""
        status = os.stat(path)  # noqa: PTH116  one look for both numbers
        return cls(status.st_size, status.st_mtime_ns)

    def difference(self, now: "Stamp") -> str | None:
        """What has changed, in words; None for nothing."""
        if self.size != now.size:
            return f"it had {self.size} bytes and has {now.size}"
        if self.changed != now.changed:
            return f"it was last written {_moment(self.changed)} and now {_moment(now.changed)}"
        return None


def _moment(time: int) -> str:
    """A time in ns as people write it."""
    return datetime.fromtimestamp(time / 1e9, tz=UTC).isoformat(" ", "microseconds")


class Part(ABC):
    """One of the files that a stream is made of.

    Attributes
    ----------
    path : str
    kind : str
        What messages call its format.
    n_rows : int
    holds : dict of str to (str or None)
        What each column holds, in a word; None for numbers.
    single : frozenset of str
        The columns of float32.
    """

    kind: str
    n_rows: int
    holds: dict[str, str | None]
    single: frozenset[str] = frozenset()

    def __init__(self, path: str) -> None:
        self.path = path
        self.stamp = Stamp.of(path)

    @abstractmethod
    def read(self, names: Sequence[str]) -> Iterator[Any]:
        """The columns of numbers of these names, a pyarrow.RecordBatch after the other."""

    @abstractmethod
    def example(self, name: str) -> tuple[object, str]:
        """A value that shows why a column is none of numbers, and where it stands."""

    def place(self, row: int) -> str:
        """What a message calls a row."""
        return f"row {row} of {self.path}"

    def has_numbers(self, name: str) -> bool:
        """Whether a column is there and holds numbers."""
        return self.holds.get(name, NO_VALUES) is None

    def can_be_numbers(self, name: str) -> bool:
        """Whether a column is there and holds nothing but numbers, if anything."""
        return name in self.holds and self.holds[name] in (None, NO_VALUES)

    def check_unchanged(self) -> None:
        """Raises ValueError where the file is not the one that it was at first."""
        try:
            difference = self.stamp.difference(Stamp.of(self.path))
        except OSError as error:
            difference = f"it cannot be found any more ({error.strerror})"
        if difference is not None:
            raise errors.file_changed(self.path, difference)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Makes what a reader raises a message about the file."""
        try:
            yield
        except (pyarrow().ArrowException, OSError, EOFError, UnicodeError, zlib.error) as error:
            self.check_unchanged()
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise errors.file_damaged(self.path, self.kind, reason) from None
