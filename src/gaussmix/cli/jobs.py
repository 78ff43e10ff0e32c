"""What verbs share that learn from one table and answer for another."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click
import numpy as np
import pyarrow as pa

from gaussmix import errors
from gaussmix.cli import tables
from gaussmix.cli.beside import split_columns
from gaussmix.cli.request import JobRequest
from gaussmix.cli.say import note, spoken_warnings
from gaussmix.cli.tables import Table
from gaussmix.estimators import BayesianGaussianMixture, GaussianMixture, load, save
from gaussmix.estimators.counting import terminal_bar
from gaussmix.estimators.validation import feature_names
from gaussmix.mixture import Mixture


@dataclass(frozen=True, slots=True)
class Task:
    """What there is to learn from and to answer for.

    Attributes
    ----------
    request : JobRequest
    data : Table
        What to answer for.
    train : Table
        What to learn from; the same where nothing else was named.
    quiet : bool
    """

    request: JobRequest
    data: Table
    train: Table
    quiet: bool

    @classmethod
    def of(cls, request: JobRequest, learning: Mapping[str, object], *, quiet: bool) -> "Task":
        """The tables of a request, once its options are known to go together.

        Parameters
        ----------
        request : JobRequest
        learning : mapping of str to object
            Further options that only matter where something is learnt; None or False where they
            are not given.
        quiet : bool
        """
        _check(request, learning)
        data = tables.read(request.data)
        train = tables.read(request.train) if request.train else data
        return cls(request, data, train, quiet)

    def say(self, message: str) -> None:
        """A note, unless none are wanted."""
        note(message, quiet=self.quiet)

    def columns(self, exclude: Sequence[str] = ()) -> tuple[str, ...]:
        """The columns to learn from: those asked for, or all of numbers but some.

        Raises
        ------
        ValueError
            For one that is not there, in the data as well, or that is excluded.
        """
        asked = split_columns(self.request.columns, self.train.names)
        for name in asked or ():
            self.train.check_column(name)
            if name in exclude:
                raise errors.target_among_columns(name)
        names = asked or self.train.columns_of_numbers(exclude)
        left_out = {} if asked else self.train.skipped
        reasons = {name: told for name, told in left_out.items() if name not in exclude}
        if reasons:
            self.say(errors.columns_left_out(reasons))
        self._check_data(names)
        return names

    def rows_for(self, job: Any) -> tuple[pa.Table, tuple[str, ...]]:
        """The data as a fitted job wants them: its columns by name, or those asked for.

        A job without names is given those of the columns.

        Returns
        -------
        rows : pyarrow.Table
            Under the names that the job has for the columns.
        columns : tuple of str
            What the data call them.

        Raises
        ------
        ValueError
            For columns that are not there, and another number of them.
        """
        fitted = feature_names(job)
        columns = split_columns(self.request.columns, self.data.names) or fitted
        columns = columns or self.data.columns_of_numbers()
        missing = [name for name in columns if name not in self.data.names]
        if missing and columns == fitted:
            raise errors.model_column_missing(missing, fitted, self.data.names, self.data.path)
        if len(columns) != job.n_features_in_:
            raise errors.model_width(job.n_features_in_, columns, self.data.path)
        if fitted is None:
            job.feature_names_in_ = np.array(columns, dtype=object)
        return frame(self.data, columns, fitted), columns

    def choices(self) -> dict[str, Any]:
        """What a fit may choose from, as far as the request says."""
        asked = {
            "n_components": self.request.components,
            "covariance_types": self.request.covariance,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def learn(self, job: Any, *rows: Any) -> None:
        """Fit a job to rows and what stands beside them, and save it where that is asked for."""
        with spoken_warnings(quiet=self.quiet), self._working("learning"):
            job.fit(*rows)
        if self.request.save is not None:
            save(job, self.request.save)

    @contextmanager
    def testing(self) -> Iterator[None]:
        """Fits to parts of the rows may run inside, whose warnings are not the user's."""
        with spoken_warnings(quiet=True), self._working("testing on rows held out"):
            yield

    @contextmanager
    def _working(self, what: str) -> Iterator[None]:
        """Shows what is going on and for how long, at a terminal."""
        if self.quiet:
            yield
            return
        with terminal_bar("{task.description}", "SpinnerColumn", "TimeElapsedColumn") as bar:
            if bar is not None:
                bar.add_task(what, total=None)
            yield

    def _check_data(self, names: tuple[str, ...]) -> None:
        """Nothing, where the data have the columns of these names, too."""
        missing = [name for name in names if name not in self.data.names]
        if missing:
            raise errors.column_not_in_data(
                missing, self.data.names, self.data.path, self.train.path
            )


def frame(
    table: Table, columns: tuple[str, ...], called: tuple[str, ...] | None = None
) -> pa.Table:
    """Columns of numbers as a table, under their own names or others."""
    X = table.numeric(columns)
    return pa.table({name: X[:, j] for j, name in enumerate(called or columns)})


def load_model(path: str, kind: type[Any], verb: str) -> Any:
    """The job of that kind in a file, or the mixture.

    Raises
    ------
    OSError, ValueError
        Where there is no such file, it holds no model, or another job, naming its verb.
    """
    model = load(path)
    if isinstance(model, kind | Mixture):
        return model
    if isinstance(model, GaussianMixture | BayesianGaussianMixture):
        return model.mixture_
    raise errors.model_of_other_job(path, type(model).__name__, verb)


def answer(write: Callable[[], None], tell: Callable[[], None]) -> None:
    """Write a table, and tell of it where it can be seen.

    That is behind what scrolls over a terminal, but ahead of what a pipe takes, whose reader may
    close it.
    """
    for act in (write, tell) if sys.stdout.isatty() else (tell, write):
        act()


def in_words(mixture: Mixture) -> str:
    """How many components of which shape."""
    kind = "component" if mixture.components.is_gaussian else "Student t component"
    return errors.mixture_in_words(mixture.n_components, kind, mixture.covariance_type)


def _check(request: JobRequest, learning: Mapping[str, object]) -> None:
    """Refuse options that do not go together."""
    if request.train == ("-",) and request.data == ("-",):
        raise click.UsageError(errors.stdin_twice())
    if request.model is None:
        return
    if request.train:
        raise click.UsageError(errors.train_and_model())
    own = {"save": request.save, "components": request.components, "covariance": request.covariance}
    for name, value in (own | dict(learning)).items():
        if value is not None and value is not False:
            raise click.UsageError(errors.option_without_learning(name))
