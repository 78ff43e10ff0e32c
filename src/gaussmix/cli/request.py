"""What the user asked for."""

from dataclasses import dataclass

#: Bytes that rows may take in memory before they are streamed.
MEMORY = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRequest:
    """Which rows to read, and what of them.

    Attributes
    ----------
    data : tuple of str
        Files, folders and patterns, or "-" alone.
    columns : tuple of str
        As they stood after --columns; empty for every column of numbers.
    weight, label, group : str or None
        Columns that are no values.
    bins : (str, str) or None
        Columns of the lower and upper ends, where rows are intervals.
    memory : int
        Bytes.
    """

    data: tuple[str, ...]
    columns: tuple[str, ...] = ()
    weight: str | None = None
    label: str | None = None
    group: str | None = None
    bins: tuple[str, str] | None = None
    memory: int = MEMORY


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of `fit`, by their names.

    Attributes
    ----------
    data : tuple of str
    columns : tuple of str
    weight, known_labels, group : str or None
    bins : (str, str) or None
    components : tuple of int or None
        None for the default numbers.
    covariance : tuple of str, "all" or None
        None for every shape.
    noise : bool
    noise_volume : float or None
        With it there is noise.
    criterion : str
    folds, patience : int or None
        None for the usual folds, and for no end before the last number.
    prior : str
        "none" or "default".
    equal_proportions : bool
    seed, max_iter, memory : int
    tol : float
    out, table, labels, plot, checkpoint : str or None
        Files to write.
    """

    data: tuple[str, ...]
    columns: tuple[str, ...] = ()
    weight: str | None = None
    bins: tuple[str, str] | None = None
    known_labels: str | None = None
    group: str | None = None
    components: tuple[int, ...] | None = None
    covariance: tuple[str, ...] | str | None = None
    noise: bool = False
    noise_volume: float | None = None
    criterion: str = "bic"
    folds: int | None = None
    patience: int | None = None
    prior: str = "none"
    equal_proportions: bool = False
    seed: int = 0
    tol: float = 1e-6
    max_iter: int = 2000
    memory: int = MEMORY
    out: str | None = None
    table: str | None = None
    labels: str | None = None
    plot: str | None = None
    checkpoint: str | None = None

    @property
    def has_noise(self) -> bool:
        """Whether a noise component is asked for."""
        return self.noise or self.noise_volume is not None

    @property
    def has_folds(self) -> bool:
        """Whether rows are held out."""
        return self.criterion == "cv" or self.folds is not None

    @property
    def is_single(self) -> bool:
        """Whether one candidate alone is asked for."""
        has_shape = isinstance(self.covariance, tuple) and len(self.covariance) == 1
        return len(self.components or ()) == 1 and has_shape

    @property
    def rows(self) -> TableRequest:
        """The rows that it asks for."""
        return TableRequest(
            data=self.data,
            columns=self.columns,
            weight=self.weight,
            label=self.known_labels,
            group=self.group,
            bins=self.bins,
            memory=self.memory,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """What the verbs share that learn from one table and answer for another.

    Attributes
    ----------
    data, train : tuple of str
        Files, folders and patterns, or "-" alone; nothing to learn from where the data are that.
    model : str or None
        What is used in place of learning.
    save, target : str or None
    columns : tuple of str
        As they stood after --columns; empty for every column of numbers.
    components : tuple of int or None
    covariance : tuple of str, "all" or None
        None for what is usual.
    seed : int
    """

    data: tuple[str, ...]
    train: tuple[str, ...] = ()
    model: str | None = None
    save: str | None = None
    target: str | None = None
    columns: tuple[str, ...] = ()
    components: tuple[int, ...] | None = None
    covariance: tuple[str, ...] | str | None = None
    seed: int = 0
