"""Classes of rows, and how often they are told wrong."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click
import numpy as np
import pyarrow as pa
from sklearn.model_selection import StratifiedKFold

from gaussmix import errors
from gaussmix._typing import AnyArray, BoolArray
from gaussmix.cli.jobs import Task, frame, in_words, load_model
from gaussmix.cli.output import write_csv
from gaussmix.cli.tables import Table
from gaussmix.estimators import GaussianMixtureClassifier
from gaussmix.estimators.ready_made import with_priors, with_rejection
from gaussmix.mixture import Mixture

#: Parts of which each is held out in turn, at most.
_FOLDS = 10


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user wants of classes.

    Attributes
    ----------
    reject : float or None
    priors : "equal", mapping of str to float or None
    kind : str
    semi_supervised : bool
    """

    reject: float | None
    priors: str | Mapping[str, float] | None
    kind: str
    semi_supervised: bool

    def apply(self, classifier: GaussianMixtureClassifier) -> GaussianMixtureClassifier:
        """A fitted classifier as it is to answer."""
        if self.reject is not None:
            with_rejection(classifier, self.reject)
        if self.priors is not None:
            with_priors(classifier, self.priors_of(classifier.classes_.tolist()))
        return classifier

    def priors_of(self, classes: Iterable[object]) -> Any:
        """The priors by the classes themselves, which the user has written as text."""
        if not isinstance(self.priors, Mapping):
            return self.priors
        by_text = {str(label): label for label in classes}
        return {by_text.get(name, name): share for name, share in self.priors.items()}


@dataclass(frozen=True, slots=True)
class Classes:
    """A classifier and the rows that it answers for.

    Attributes
    ----------
    task : Task
    classifier : GaussianMixtureClassifier
    rows : pyarrow.Table
        Inputs of the data.
    known : (pyarrow.Table, (N,) array) or None
        Inputs and classes that were learnt from; None for rows without a class.
    """

    task: Task
    classifier: GaussianMixtureClassifier
    rows: pa.Table
    known: tuple[pa.Table, AnyArray] | None

    def write(self, path: str, *, proba: bool) -> None:
        """Write a line for each row of the data."""
        chance = self.classifier.predict_proba(self.rows)
        label = np.array(self._texts(), dtype=object)
        answer = label[chance.argmax(axis=1)]
        answer[self._rejected()] = ""
        columns: dict[str, AnyArray] = {"label": answer}
        if proba:
            columns |= {f"probability_{name}": chance[:, c] for c, name in enumerate(label)}
        else:
            columns["probability"] = chance.max(axis=1)
        write_csv(path, list(columns), [list(columns.values())])

    def tell(self) -> None:
        """Say what was learnt, and how often it is wrong about rows not learnt from."""
        if self.task.quiet:
            return
        rejected = self._rejected()
        if rejected.any():
            self.task.say(errors.rows_rejected(int(rejected.sum()), len(rejected)))
        if self.known is not None:
            words = map(in_words, self.classifier.mixtures_)
            classes = zip(self._texts(), self.classifier.class_weight_, words, strict=True)
            n_without = sum(label is None for label in self.known[1])
            kind = self.classifier.model_
            self.task.say(errors.classes_learnt([*classes], kind, n_without))
        tested = self._on_data() if self._has_other_rows() else self._in_folds()
        if tested is not None:
            self.task.say(errors.classes_tested(*tested))

    def _texts(self) -> list[str]:
        return [str(label) for label in self.classifier.classes_.tolist()]

    def _rejected(self) -> BoolArray:
        """Which rows of the data (N,) are unlike any class."""
        if self.classifier.reject_below is None:
            return np.zeros(self.rows.num_rows, dtype=bool)
        classes = set(self.classifier.classes_.tolist())
        return np.array([label not in classes for label in self.classifier.predict(self.rows)])

    def _has_other_rows(self) -> bool:
        return self.known is None or self.task.data is not self.task.train

    def _on_data(self) -> tuple[str, str, int, int] | None:
        """How many of the data's rows whose class is known are told wrong."""
        target = self.task.request.target
        if target is None or target not in self.task.data.names:
            return None
        truth = np.array(self.task.data.labels(target), dtype=object)
        has = np.array([label is not None for label in truth], dtype=bool)
        if not has.any():
            return None
        answer = np.array(self._texts(), dtype=object)[
            self.classifier.predict_proba(self.rows).argmax(axis=1)
        ]
        wrong = [str(t) != a for t, a in zip(truth[has], answer[has], strict=True)]
        where = errors.rows_known(len(wrong), self.task.data.path)
        return target, where, sum(wrong), len(wrong)

    def _in_folds(self) -> tuple[str, str, int, int] | None:
        """The same of the rows learnt from, each held out once."""
        assert self.known is not None
        inputs, labels = self.known
        counts = Counter(label for label in labels if label is not None)
        # What is held out must be known from other rows.
        has = np.flatnonzero([counts[label] > 1 for label in labels])
        if len(has) < 2:
            return None
        _, code = np.unique([str(label) for label in labels[has]], return_inverse=True)
        n_folds = min(_FOLDS, int(np.bincount(code).max()))
        without = np.setdiff1d(np.arange(len(labels)), has)
        n_wrong, seed = 0, self.task.request.seed
        folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
        with self.task.testing():
            for learnt, held_out in folds.split(has, code):
                rows = np.concatenate([has[learnt], without])
                classifier = self._alike().fit(inputs.take(rows), _as_labels(labels[rows]))
                answer = classifier.predict(inputs.take(has[held_out]))
                n_wrong += int(np.sum(answer != _as_labels(labels[has[held_out]])))
        where = errors.rows_held_out(len(has), n_folds)
        return str(self.task.request.target), where, n_wrong, len(has)

    def _alike(self) -> GaussianMixtureClassifier:
        """A classifier of as many components of the same shapes."""
        mixtures = self.classifier.mixtures_
        labels = self.classifier.classes_.tolist()
        return GaussianMixtureClassifier(
            {label: m.n_components for label, m in zip(labels, mixtures, strict=True)},
            model=self.classifier.model_,
            covariance_types=sorted({mixture.covariance_type for mixture in mixtures}),
            priors=self.classifier.priors,
            unlabelled=None,
            random_state=self.task.request.seed,
        )


def learnt(task: Task, wishes: Wishes) -> Classes:
    """What a task leads to: a fit, or the model that it names."""
    request = task.request
    if request.model is not None:
        classifier = load_model(request.model, GaussianMixtureClassifier, "classify")
        if isinstance(classifier, Mixture):
            raise errors.model_without_classes(request.model)
        return Classes(task, wishes.apply(classifier), task.rows_for(classifier)[0], None)
    if request.target is None:
        raise click.UsageError(errors.target_not_named("classify"))
    labels = _labels(task.train, request.target)
    columns = task.columns(exclude=(request.target,))
    has = np.array([label is not None for label in labels], dtype=bool)
    taken = np.arange(len(labels)) if wishes.semi_supervised else np.flatnonzero(has)
    inputs = frame(task.train, columns).take(taken)
    classifier = GaussianMixtureClassifier(
        model=wishes.kind,
        priors=wishes.priors_of({*labels[has]}),
        reject_below=wishes.reject,
        unlabelled=None,
        random_state=request.seed,
        **task.choices(),
    )
    rows = frame(task.data, columns)
    task.learn(classifier, inputs, _as_labels(labels[taken]))
    return Classes(task, classifier, rows, (inputs, labels[taken]))


def _labels(train: Table, target: str) -> AnyArray:
    """The classes of the rows to learn from, (N,); None where they have none.

    Raises
    ------
    ValueError
        Where there are not two of them, or they are numbers with fractions.
    """
    labels = np.array(train.labels(target), dtype=object)
    known = [row for row, label in enumerate(labels) if label is not None]
    if not known:
        raise errors.target_empty([target], train.path)
    if len({labels[row] for row in known}) == 1:
        raise errors.one_class_only(target, labels[known[0]], train.path)
    if target not in train.skipped:
        fractions = (row for row in known if not float(labels[row]).is_integer())
        if (row := next(fractions, None)) is not None:
            raise errors.target_is_continuous(target, labels[row], train.place(row))
    return labels


def _as_labels(labels: Iterable[object]) -> AnyArray:
    """Classes as an array of their own kind where no row lacks one."""
    given = list(labels)
    return np.array(given, dtype=object if None in given else None)
