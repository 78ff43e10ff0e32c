"""The names of the mixtures of factor analysers, "factor:5" or "factor_UCU:5", and their rows.

Three letters tell what components share, as McNicholas & Murphy (2008) have them: the loadings,
the noise, and whether the noise is the same in every column; C is constrained, U is not. "factor"
alone is "factor_UUU"; after a colon comes the number of factors, 1 where it is left out.
"""

from dataclasses import dataclass

from gaussmix.covariance.factor_rules import FactorRule
from gaussmix.covariance.quadratic import LOW_RANK
from gaussmix.covariance.scatter import ScatterKind

_PLAIN, _FREE = "factor", "factor_UUU"
_CODES = ("UUU", "UUC", "UCU", "UCC", "CUU", "CUC", "CCU", "CCC")
#: Names of the eight models.
FACTOR_NAMES: tuple[str, ...] = (_PLAIN, *(f"factor_{code}" for code in _CODES))


@dataclass(frozen=True, slots=True)
class FactorModel:
    """One of the eight models at one rank.

    Attributes
    ----------
    name : str
    words : str
    scatter : ScatterKind
    rule : FactorRule
    """

    name: str
    words: str
    scatter: ScatterKind
    rule: FactorRule

    @property
    def words_of_one(self) -> str:
        """What a single component is, which shares nothing."""
        return f"{_factors(self.rule.rank)}, noise {_columns(isotropic=self.rule.isotropic)}"


def is_factor_name(name: object) -> bool:
    """Whether a name, with its number of factors or without, is one of the eight."""
    return isinstance(name, str) and name.partition(":")[0] in FACTOR_NAMES


def with_rank(name: str, n_factors: int) -> str:
    """The name with its number of factors, unless it names one already or has no factors."""
    return f"{name}:{n_factors}" if is_factor_name(name) and ":" not in name else name


def factor_model(name: str) -> FactorModel | None:
    """The model of a name; None where it is not one of these."""
    kind, colon, count = name.partition(":")
    if kind not in FACTOR_NAMES or (colon and not count.isdecimal()):
        return None
    rank = int(count) if colon else 1
    code = _FREE.removeprefix("factor_") if kind == _PLAIN else kind.removeprefix("factor_")
    loadings, noise, columns = (letter == "C" for letter in code)
    model = _PLAIN if code == "UUU" else f"factor_{code}"
    return FactorModel(
        f"{model}:{rank}",
        _words(rank, equal_loadings=loadings, equal_noise=noise, isotropic=columns),
        ScatterKind(LOW_RANK, pooled=loadings and noise, rank=rank, in_common=loadings),
        FactorRule(rank, loadings, noise, columns),
    )


def _words(rank: int, *, equal_loadings: bool, equal_noise: bool, isotropic: bool) -> str:
    loadings = "equal" if equal_loadings else "varying"
    noise = "equal" if equal_noise else "varying"
    columns = _columns(isotropic=isotropic)
    return f"{_factors(rank)}, {loadings} loadings, {noise} noise {columns}"


def _factors(rank: int) -> str:
    return "1 factor" if rank == 1 else f"{rank} factors"


def _columns(*, isotropic: bool) -> str:
    return "the same in every column" if isotropic else "of each column's own"
