"""What one column of a table looks like."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import narwhals as nw
import numpy as np

from gaussmix._typing import AnyArray, FloatArray
from gaussmix.data.lattice import Lattice

#: What float64 makes of the largest whole numbers of 64 bits, which do not hold it.
_BEYOND = (2.0**63, 2.0**64)


@dataclass(frozen=True)
class ColumnLikeness:
    """Name, type, range, rounding and gaps of a column.

    Attributes
    ----------
    label : str
        Its name, or its number.
    dtype : object
        Its type, as its library says it.
    kind : {"whole", "decimal", "single", "double"}
        What its type holds: whole numbers, `Decimal`, or floats of 32 or 64 bits.
    lowest, highest : float
    lattice : Lattice or None
        What its values are rounded to; None where they are not.
    gaps : float
        Share of its values that are missing.
    """

    label: str
    dtype: Any
    kind: str
    lowest: float
    highest: float
    lattice: Lattice | None
    gaps: float

    @classmethod
    def of(cls, values: AnyArray, label: str, dtype: Any, kind: str) -> "ColumnLikeness":
        """What values (N,) look like, of which one at least is not NaN."""
        known = values[~np.isnan(values)]
        known = known.astype(np.float32 if kind == "single" else np.float64)
        lowest, highest = float(known.min()), float(known.max())
        if kind == "whole" and highest in _BEYOND:
            highest = float(np.nextafter(highest, 0.0))
        gaps = 1.0 - len(known) / len(values)
        lattice = Lattice.of(known, whole=kind == "whole")
        return cls(label, dtype, kind, lowest, highest, lattice, gaps)

    @property
    def is_constant(self) -> bool:
        """Whether it has one value."""
        return self.lowest == self.highest

    @property
    def n_values(self) -> float:
        """How many values there are from the lowest to the highest; infinite if not rounded."""
        if self.is_constant:
            return 1.0
        if self.lattice is None:
            return float("inf")
        return float(round((self.highest - self.lowest) / self.lattice.step) + 1)

    @property
    def reach(self) -> tuple[float, float]:
        """Between what ends lie the numbers that are rounded to its values."""
        half = 0.5 * self.lattice.step if self.lattice is not None else 0.0
        return self.lowest - half, self.highest + half

    def rounded(self, x: FloatArray) -> FloatArray:
        """The nearest of its values, from its lowest to its highest; NaN stays."""
        nearest = x if self.lattice is None else self.lattice.nearest(x)
        if self.kind == "whole":
            nearest = np.rint(nearest)
        if self.kind == "single":
            nearest = nearest.astype(np.float32).astype(np.float64)
        return np.asarray(np.clip(nearest, self.lowest, self.highest))

    def cells(self, x: FloatArray) -> AnyArray | list[Any]:
        """Numbers (N,) as its library takes them: None for NaN, whole ones as integers."""
        if self.kind == "decimal":
            digits = 0 if self.lattice is None else self.lattice.decimals
            return [None if np.isnan(v) else Decimal(f"{v:.{digits}f}") for v in x.tolist()]
        has_gaps = bool(np.isnan(x).any())
        if self.kind != "whole":
            return x if not has_gaps else [None if np.isnan(v) else v for v in x.tolist()]
        if not has_gaps:
            return x.astype(np.uint64 if (x >= _BEYOND[0]).any() else np.int64)
        return [None if np.isnan(v) else int(v) for v in x.tolist()]


def kind_of(column: nw.Series[Any]) -> str:
    """What a column of numbers holds; see `ColumnLikeness`."""
    if column.dtype.is_integer():
        return "whole"
    if column.dtype == nw.Float32:
        return "single"
    if column.dtype == nw.Decimal or _are(column, Decimal):
        return "decimal"
    return "whole" if _are(column, int) else "double"


def _are(column: nw.Series[Any], kind: type) -> bool:
    """Whether a column of Python objects holds nothing else."""
    known: Sequence[Any] = column.drop_nulls().to_list() if column.dtype == nw.Object else []
    return bool(known) and all(isinstance(value, kind) for value in known)
