"""Gaps of a table, filled field by field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click
import numpy as np
import pyarrow as pa

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.cli.jobs import Task, frame, in_words, load_model
from gaussmix.cli.output import write_fields
from gaussmix.cli.tables import Table
from gaussmix.estimators import GaussianMixtureImputer
from gaussmix.estimators.ready_made import imputer_of
from gaussmix.mixture import Mixture


@dataclass(frozen=True, slots=True)
class Filling:
    """An imputer and the rows whose gaps it fills.

    Attributes
    ----------
    task : Task
    imputer : GaussianMixtureImputer
    rows : pyarrow.Table
        The columns of the data that it knows, under its names for them.
    columns : tuple of str
        What the data call them.
    """

    task: Task
    imputer: GaussianMixtureImputer
    rows: pa.Table
    columns: tuple[str, ...]

    def write(self, path: str, draws: int | None, level: float | None) -> None:
        """Write the data with their gaps filled."""
        data = self.task.data
        gaps = np.isnan(self._known())
        names = [self._filled[j] for j in np.flatnonzero(gaps.any(axis=0))]
        header = list(data.names)
        ends = np.empty((data.n_rows, 0))
        if level is not None:
            header += [f"{name}_{end}" for name in names for end in ("lower", "upper")]
            ends = self._ends(gaps, level)
        tables = [np.asarray(self.imputer.transform(self.rows))]
        if draws is not None:
            header = ["draw", *header]
            seed = self.task.request.seed
            tables = self.imputer.impute_many(self.rows, draws, random_state=seed)
        marks: list[list[str]] = [[]] if draws is None else [[str(m)] for m in range(1, draws + 1)]
        fields = (
            [*mark, *row]
            for mark, table in zip(marks, tables, strict=True)
            for row in self._fields(table, gaps, ends)
        )
        first = data.texts[0]
        write_fields(path, header, fields, "," if first is None else first.delimiter)

    def tell(self) -> None:
        """Say how many fields were filled, and what that rests on."""
        gaps = np.isnan(self._known())
        self.task.say(
            errors.gaps_filled(
                int(gaps.sum()),
                int(gaps.any(axis=1).sum()),
                len(gaps),
                in_words(self.imputer.mixture_),
                int(gaps.all(axis=1).sum()),
            )
        )
        if gaps.any():
            self.task.say(errors.gaps_at_random())

    @property
    def _filled(self) -> list[str]:
        """What the data call the columns of a filled table."""
        return [self.columns[j] for j in self.imputer.columns_]

    def _known(self) -> FloatArray:
        """The values of those columns before they are filled, (N, M)."""
        table = self.rows.select(self.imputer.columns_.tolist())
        return np.column_stack([column.to_numpy() for column in table.columns])

    def _ends(self, gaps: Any, level: float) -> FloatArray:
        """Ends of the intervals of columns with gaps, side by side; NaN where there is no gap."""
        lower, upper = self.imputer.intervals(self.rows, level)
        both = np.where(gaps[..., None], np.stack([lower, upper], axis=2), np.nan)
        return both[:, gaps.any(axis=0)].reshape(len(gaps), -1)

    def _fields(self, filled: FloatArray, gaps: Any, ends: FloatArray) -> Iterator[list[str]]:
        """The fields of each row, with numbers in place of gaps, and the ends behind them."""
        data = self.task.data
        places = [data.names.index(name) for name in self._filled]
        for row, (fields, point) in enumerate(_fields_of(data)):
            own = list(fields)
            for j in np.flatnonzero(gaps[row]):
                own[places[j]] = _number(filled[row, j], point)
            yield own + [_number(end, point) for end in ends[row]]


def check(strategy: str | None, draws: int | None) -> None:
    """Refuse draws of what is none."""
    if draws is not None and strategy not in (None, "draw"):
        raise click.UsageError(errors.draws_of_other_strategy(str(strategy)))


def learnt(task: Task, strategy: str | None) -> Filling:
    """What a task leads to: a fit, or the model that it names."""
    request = task.request
    if request.model is None:
        columns = task.columns()
        rows = frame(task.data, columns)
        imputer = GaussianMixtureImputer(
            strategy=strategy or "mean", random_state=request.seed, **task.choices()
        )
        task.learn(imputer, frame(task.train, columns))
        return Filling(task, imputer, rows, columns)
    imputer = load_model(request.model, GaussianMixtureImputer, "impute")
    if isinstance(imputer, Mixture):
        imputer = imputer_of(imputer, request.seed)
    if strategy is not None:
        imputer.strategy = strategy
    rows, columns = task.rows_for(imputer)
    return Filling(task, imputer, rows, columns)


def _fields_of(table: Table) -> Iterator[tuple[Sequence[str], str]]:
    """The fields of each row of a table as text, and the decimal point they are written with."""
    for part, text in zip(table.parts, table.texts, strict=True):
        order = [part.names.index(name) for name in table.names]
        if text is None:
            for row in zip(*(part.table.column(j).to_pylist() for j in order), strict=True):
                yield ["" if value is None else str(value) for value in row], "."
        else:
            for fields in text.rows:
                yield [fields[j] for j in order], text.decimal_point


def _number(value: float, point: str) -> str:
    """A number as it stands in a field; nothing where there is none."""
    return "" if np.isnan(value) else repr(float(value)).replace(".", point)
