"""What the user asked of `fit`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of `fit`, by their names.

    Attributes
    ----------
    data : str
    columns : tuple of str
        As they stood after --columns; empty for every column of numbers.
    weight : str or None
    components, covariance : tuple or None
        None for the default numbers, and for every shape.
    criterion : str
    seed, max_iter : int
    tol : float
    out, labels, plot : str or None
        Files to write.
    """

    data: str
    columns: tuple[str, ...] = ()
    weight: str | None = None
    components: tuple[int, ...] | None = None
    covariance: tuple[str, ...] | None = None
    criterion: str = "bic"
    seed: int = 0
    tol: float = 1e-6
    max_iter: int = 2000
    out: str | None = None
    labels: str | None = None
    plot: str | None = None
