"""A fit's state in a file, from which a later fit goes on with the same bits.

The file holds what each start has come to: a waypoint to go on from, the fit at its end, or why
it failed. It names the fit that it belongs to by its parameters and by the survey of its rows.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix.em.engine import Fit, Log, Waypoint
from gaussmix.em.problem import Problem
from gaussmix.errors import Status
from gaussmix.execution import Team
from gaussmix.persistence import below, load_document, pack, remove_document, save_document, unpack

End = Fit | errors.CollapsedComponent
Record = Waypoint | End
Clock = Callable[[], float]

_KIND = "Checkpoint"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a fit keeps its state while it runs, and how often it is written.

    Parameters
    ----------
    path : path
        There is a file only while a fit runs, and after one that did not come to its end. A
        fit of the same model to the same rows goes on from it: its result has the same bits
        as if it had never been interrupted.
    every : float, default=60
        Seconds from one write to the next; 0 writes after every iteration.

    Raises
    ------
    ValueError
        Where `every` is no number of seconds.
    """

    path: errors.StrPath
    every: float = 60.0

    def __post_init__(self) -> None:
        if not self.every >= 0.0:
            needed = "a number of seconds, 0 or more"
            raise errors.out_of_range(type(self).__name__, "every", needed, self.every)

    @classmethod
    def of(cls, given: "Checkpoint | errors.StrPath | None") -> "Checkpoint | None":
        """The checkpoint itself, that at a path, or None for none."""
        return given if given is None or isinstance(given, Checkpoint) else cls(given)


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes a fit this one and no other.

    Attributes
    ----------
    parameters : dict of str to None, bool, int, float or str
    n_rows, n_features : int
    values : str
        Digest of the survey's bits.
    """

    parameters: Mapping[str, Any]
    n_rows: int
    n_features: int
    values: str

    @classmethod
    def of(cls, problem: Problem, parameters: Mapping[str, Any]) -> "Identity":
        """The identity of a problem under these parameters."""
        facts = (getattr(problem.survey, field.name) for field in fields(problem.survey))
        bits = b"".join(np.asarray(fact).tobytes() for fact in facts)
        digest = hashlib.sha256(bits).hexdigest()
        return cls(dict(parameters), problem.source.n_rows, problem.n_features, digest)

    def changes_since(self, other: "Identity") -> list[str]:
        """What differs from the other, in words; empty for the same fit."""
        names = {**other.parameters, **self.parameters}
        changed = [
            f"{name} was {before!r} and is now {now!r}"
            for name in names
            if (before := other.parameters.get(name)) != (now := self.parameters.get(name))
        ]
        for word, before, now in (
            ("rows", other.n_rows, self.n_rows),
            ("columns", other.n_features, self.n_features),
        ):
            if before != now:
                changed.append(f"the data had {before} {word} and now have {now}")
        same_shape = (other.n_rows, other.n_features) == (self.n_rows, self.n_features)
        if same_shape and other.values != self.values:
            changed.append("the data have other values, or other weights")
        return changed


class Ledger:
    """What each start of one fit has come to, in memory and from time to time in the file.

    Several threads may use it at once.

    Attributes
    ----------
    seed : list of int
        Of the fit's random numbers: that of the fit that is gone on from, where there is one.
    """

    def __init__(
        self, checkpoint: Checkpoint, identity: Identity, seed: Sequence[int], clock: Clock
    ) -> None:
        self.seed = list(seed)
        self._checkpoint = checkpoint
        self._identity = identity
        self._clock = clock
        self._records: dict[int, Record] = {}
        self._lock = threading.Lock()
        self._written = clock()

    @classmethod
    def open(
        cls,
        checkpoint: Checkpoint,
        identity: Identity,
        seed: Sequence[int],
        clock: Clock = time.monotonic,
    ) -> "Ledger":
        """The ledger in the checkpoint's file, or a new one, which is written at once.

        Parameters
        ----------
        seed : sequence of int
            For a new one.
        clock : callable
            Seconds since some moment.

        Raises
        ------
        ValueError
            For a file of another fit, a damaged one, or one that is no checkpoint.
        OSError
            Where the file cannot be written.
        """
        ledger = cls(checkpoint, identity, seed, clock)
        if Path(checkpoint.path).exists():
            ledger._read()
        else:
            ledger.write()
        return ledger

    def reached(self, number: int) -> Record | None:
        """What start `number` has come to; None where it has not made an iteration."""
        return self._records.get(number)

    def log(self, number: int) -> Log:
        """The log of start `number`, for `run`."""
        return lambda waypoint: self._put(number, waypoint)

    def finish(self, number: int, end: End) -> None:
        """Keep where start `number` ended.

        At `max_iter` its last waypoint stays instead, so that a larger one goes on from it.
        """
        if isinstance(end, errors.CollapsedComponent) or end.status is not Status.MAX_ITER:
            self._put(number, end)

    def write(self) -> None:
        """Nothing; afterwards the file holds everything."""
        with self._lock:
            self._write()

    def remove(self) -> None:
        """Nothing; afterwards there is no file."""
        remove_document(self._checkpoint.path)

    def _put(self, number: int, record: Record) -> None:
        with self._lock:
            self._records[number] = record
            if self._clock() - self._written >= self._checkpoint.every:
                self._write()

    def _write(self) -> None:
        arrays: dict[str, AnyArray] = {}
        starts = {}
        for number, record in self._records.items():
            inner, starts[str(number)] = _packed(record)
            arrays |= {f"{number}.{name}": array for name, array in inner.items()}
        metadata = {"class": _KIND, "seed": self.seed, "starts": starts}
        save_document(self._checkpoint.path, arrays, metadata | pack(self._identity)[1])
        self._written = self._clock()

    def _read(self) -> None:
        path = self._checkpoint.path
        document = load_document(path)
        kind = document.metadata.get("class")
        if kind != _KIND:
            raise errors.not_a_checkpoint(path, kind)
        try:
            before = unpack(Identity, {}, document.metadata)
            changed = self._identity.changes_since(before)
            seed = [int(part) for part in document.metadata["seed"]]
            records = {
                int(number): _unpacked(below(document.arrays, number), record)
                for number, record in document.metadata["starts"].items()
            }
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise errors.model_damaged(path, f"{type(error).__name__}: {error}") from error
        if changed:
            raise errors.other_fit(path, changed)
        self.seed, self._records = seed, records


def _packed(record: Record) -> tuple[dict[str, AnyArray], dict[str, Any]]:
    """Arrays and metadata of what a start has come to."""
    name = type(record).__name__
    if isinstance(record, errors.CollapsedComponent):
        return {}, {"class": name, "component": record.component, "mass": record.mass}
    arrays, metadata = pack(record)
    return arrays, {"class": name, **metadata}


def _unpacked(arrays: Mapping[str, AnyArray], metadata: Mapping[str, Any]) -> Record:
    """What `_packed` took apart."""
    if metadata["class"] == errors.CollapsedComponent.__name__:
        return errors.CollapsedComponent(metadata["component"], metadata["mass"])
    kinds: dict[str, type[Waypoint | Fit]] = {"Waypoint": Waypoint, "Fit": Fit}
    return unpack(kinds[metadata["class"]], arrays, metadata)


@contextmanager
def kept(
    checkpoint: Checkpoint | None,
    identity: Identity,
    seed: Sequence[int],
    team: Team,
    clock: Clock = time.monotonic,
) -> Iterator[Ledger | None]:
    """The ledger of a fit that runs inside; None without a checkpoint.

    Where the user interrupts the fit the file is brought up to date and stays; after an
    unforeseen error it stays as it was last written; else it is removed.

    Raises
    ------
    ValueError, OSError
        See `Ledger.open`.
    """
    if checkpoint is None:
        yield None
        return
    ledger = Ledger.open(checkpoint, identity, seed, clock)
    try:
        yield ledger
    except KeyboardInterrupt:
        ledger.write()
        raise
    except errors.CollapsedComponent:
        _close(ledger, team)
        raise
    _close(ledger, team)


def _close(ledger: Ledger, team: Team) -> None:
    if team.interrupted.is_set():
        ledger.write()
    else:
        ledger.remove()
