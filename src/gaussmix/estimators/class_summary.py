"""The table of a classifier's classes."""

from collections.abc import Sequence

from gaussmix._typing import FloatArray
from gaussmix.errors.words import counted
from gaussmix.estimators.class_model import ClassModel
from gaussmix.summary import ClassSummary
from gaussmix.summary.text import shape_in_words

_WORDS = {
    "edda": "one Gaussian each, of one shape for all (EDDA)",
    "mclustda": "a mixture for each (MclustDA)",
}


def summarize_classes(
    model: ClassModel,
    classes: Sequence[object],
    n_features: int,
    *,
    weight: FloatArray,
    priors: FloatArray,
    error: float,
) -> ClassSummary:
    """The summary of a classifier.

    Parameters
    ----------
    model : ClassModel
    classes : sequence
    n_features : int
    weight : (C,) array
        Of the labelled rows of each class.
    priors : (C,) array
    error : float
        On the labelled rows.
    """
    n_classes = "1 class" if len(classes) == 1 else f"{len(classes)} classes"
    sentence = (
        f"Classifier with {n_classes} in {counted(n_features, 'dimension')}: {_WORDS[model.kind]}"
    )
    facts = {
        "rows": model.n,
        "log_likelihood": model.log_likelihood,
        "n_parameters": model.n_parameters,
        "bic": model.bic,
        "training_error": error,
    }
    # Of one shape for all classes the letters say what they share.
    together = len(classes) if model.kind == "edda" else None
    sizes = [part.n_components for part in model.parts]
    shapes: list[object] = [
        shape_in_words(name, together or size, n_features)
        for name, size in zip(model.covariance_types, sizes, strict=True)
    ]
    table: dict[str, list[object]] = {
        "class": list(classes),
        "rows": weight.tolist(),
        "prior": priors.tolist(),
        "components": list(sizes),
        "shape": shapes,
    }
    return ClassSummary(sentence, facts, table, tuple(text for _, text in model.notes))
