"""The summary of a classifier."""

from collections.abc import Mapping
from dataclasses import dataclass

from gaussmix.summary.text import number, table


@dataclass(frozen=True, slots=True)
class ClassSummary:
    """What there is to say of a fitted classifier.

    Attributes
    ----------
    sentence : str
        What was fitted.
    facts : dict of str to float
        Rows, parameters, criterion, error on the rows of training.
    classes : dict of str to list
        A table with a row per class: weight of its labelled rows, prior, components, shape.
    notes : tuple of str
        What to know of single classes.
    """

    sentence: str
    facts: Mapping[str, float]
    classes: Mapping[str, list[object]]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        facts = "  ".join(f"{name} {number(value)}" for name, value in self.facts.items())
        return "\n\n".join([self.sentence, facts, table(self.classes), *self.notes])

    def __repr__(self) -> str:
        return str(self)
