"""Random rows, as they come or like those of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import click
import numpy as np

from gaussmix import errors
from gaussmix.cli import tables
from gaussmix.cli.models import column_names, in_parts
from gaussmix.cli.output import write_csv, write_fields
from gaussmix.cli.say import note, spoken_warnings
from gaussmix.mixture import Mixture


def check(like: str | None, *, gaps: bool) -> None:
    """Refuse gaps that are like nothing."""
    if gaps and like is None:
        raise click.UsageError(errors.gaps_without_table())


def known_values(given: Sequence[tuple[str, float]]) -> dict[int | str, float]:
    """The values that are given, by column.

    Raises
    ------
    ValueError
        For a column that is given twice.
    """
    known: dict[int | str, float] = {}
    for name, value in given:
        if name in known:
            raise errors.given_twice(name)
        known[name] = value
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """What rows are drawn from, and how many.

    Attributes
    ----------
    mixture : Mixture
        With named columns.
    n_rows : int
    known : dict of str to float
        What some columns are known to be.
    seed : int or None
    """

    mixture: Mixture
    n_rows: int
    known: dict[int | str, float]
    seed: int | None

    def write(self, path: str) -> None:
        """Write rows as they come."""
        names = list(column_names(self.mixture))
        rest = self.mixture.condition(self.known) if self.known else self.mixture
        assert isinstance(rest, Mixture)  # numbers give one mixture for all rows
        drawn, _ = rest.sample(self.n_rows, self.seed)
        X = np.empty((self.n_rows, len(names)))
        X[:, [j for j, name in enumerate(names) if name not in self.known]] = drawn
        for j, name in enumerate(names):
            X[:, j] = self.known.get(name, X[:, j])
        write_csv(path, names, (list(part.T) for part in in_parts(X)))

    def write_like(self, path: str, like: str, *, gaps: bool, quiet: bool) -> None:
        """Write rows like those of a table."""
        table = tables.read([like])
        with spoken_warnings(quiet=quiet):
            rows = self.mixture.sample_like(
                table.arrow(),
                self.n_rows,
                known=self.known or None,
                gaps=gaps,
                random_state=self.seed,
            )
        note(errors.rows_like(self.n_rows, table.path), quiet=quiet)
        columns = (column.to_pylist() for column in rows.columns)
        fields = (
            ["" if value is None else str(value) for value in row]
            for row in zip(*columns, strict=True)
        )
        write_fields(path, rows.column_names, fields, ",")


def named(mixture: Mixture) -> Mixture:
    """The mixture with names for its columns, where it has none."""
    return Mixture.from_components(
        mixture.components, mixture.covariance_type, column_names(mixture)
    )
