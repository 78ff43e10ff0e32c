"""The summary of one fitted mixture."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gaussmix.em import FitReport
from gaussmix.errors.words import counted
from gaussmix.mixture import Mixture
from gaussmix.selection import Criteria
from gaussmix.summary.text import number, shape_in_words, table

#: With more columns than this the text shows the first ones only.
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class MixtureSummary:
    """What there is to say of a fitted mixture.

    Attributes
    ----------
    sentence : str
        What was fitted.
    facts : dict of str to float
        Rows, log-likelihood, parameters, criteria; empty where nothing was fitted.
    components : dict of str to list
        A table with a row per component: weight, and mean and standard deviation of each
        column; see `component_table`.
    report : str
        How the fit went.
    """

    sentence: str
    facts: Mapping[str, float]
    components: Mapping[str, list[float]]
    report: str

    def __str__(self) -> str:
        parts = [self.sentence]
        if self.facts:
            parts.append("  ".join(f"{name} {number(value)}" for name, value in self.facts.items()))
        n_first = 2 + ("dof" in self.components)
        shown = dict(list(self.components.items())[: n_first + 2 * _SHOWN])
        parts.append(table(shown))
        hidden = (len(self.components) - len(shown)) // 2
        if hidden:
            parts.append(f"(and {counted(hidden, 'more column')})")
        if self.report:
            parts.append(self.report)
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        return str(self)


def summarize(
    mixture: Mixture, report: FitReport | None, facts: Mapping[str, float]
) -> MixtureSummary:
    """The summary of a mixture.

    Parameters
    ----------
    mixture : Mixture
    report : FitReport or None
    facts : mapping
        `rows`, `log_likelihood`, `n_parameters`; or nothing.
    """
    shape = shape_in_words(mixture.covariance_type, mixture.n_components, mixture.n_features)
    kind = "Gaussian mixture" if mixture.components.is_gaussian else "Mixture of Student t's"
    sentence = (
        f"{kind} of {counted(mixture.n_components, 'component')} in "
        f"{counted(mixture.n_features, 'dimension')}, covariances {shape}"
    )
    noise = mixture.components.noise
    if noise is not None:
        sentence += (
            f", and noise of weight {number(noise.weight)}, uniform over a volume of "
            f"{number(float(np.exp(noise.log_volume)))}"
        )
    return MixtureSummary(sentence, _criteria(facts), component_table(mixture), str(report or ""))


def _criteria(facts: Mapping[str, float]) -> dict[str, float]:
    if "log_likelihood" not in facts:
        return {}
    criteria = Criteria(facts["log_likelihood"], int(facts["n_parameters"]), facts["rows"])
    return {**facts, "bic": criteria.bic, "aic": criteria.aic}


def component_table(mixture: Mixture) -> dict[str, list[float]]:
    """Columns `component`, `weight`, and for each feature `mean` and `std`.

    Of Student t's also `dof`, and `scale`, the root of the shape's diagonal, in the place of `std`.
    """
    components = mixture.components
    names = mixture.feature_names or tuple(str(j) for j in range(mixture.n_features))
    std = np.sqrt(components.covariances.variances)
    columns: dict[str, list[float]] = {
        "component": list(range(mixture.n_components)),
        "weight": components.weights.tolist(),
    }
    spread = "std"
    if components.dof is not None:
        columns["dof"], spread = components.dof.tolist(), "scale"
    for j, name in enumerate(names):
        columns[f"mean {name}"] = components.means[:, j].tolist()
        columns[f"{spread} {name}"] = std[:, j].tolist()
    return columns
