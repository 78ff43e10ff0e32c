"""What a column's values are rounded to."""

from dataclasses import dataclass

import numpy as np

from gaussmix._typing import AnyArray, FloatArray

#: Powers of ten that float64 holds exactly.
_MOST_DECIMALS = 22
#: Whole numbers below this have a decimal form that the type tells apart from all others.
_MOST = {np.dtype(np.float64): 1e15, np.dtype(np.float32): 1e6}
#: Whole numbers below this have differences that 64 bits hold.
_MOST_WHOLE = 2.0**62
#: Values looked at before all are.
_FIRST = 1000


@dataclass(frozen=True, slots=True)
class Lattice:
    """Decimal numbers a stride apart: (origin + stride j) / 10**decimals for whole j.

    Attributes
    ----------
    decimals, origin, stride : int
        Of a column with one value the stride is 0.
    """

    decimals: int
    origin: int
    stride: int

    @classmethod
    def of(cls, values: AnyArray, *, whole: bool = False) -> "Lattice | None":
        """The coarsest lattice that holds all values; None where they are not decimals.

        Parameters
        ----------
        values : (N,) array of float64 or float32
            Finite, at least one.
        whole : bool
            Whether they come from a type of whole numbers, which need not be told apart from
            fractions.
        """
        most = _MOST_WHOLE if whole else _MOST[values.dtype]
        # Of many values a few tell nearly always that there is none.
        if (
            _decimals(values[:_FIRST], most) is None
            or (decimals := _decimals(values, most)) is None
        ):
            return None
        scaled = np.rint(values.astype(np.float64) * 10.0**decimals).astype(np.int64)
        origin = int(scaled.min())
        return cls(decimals, origin, int(np.gcd.reduce(scaled - origin)))

    @property
    def step(self) -> float:
        """Distance of neighbours; 0 of a single value."""
        return float(self.stride / 10.0**self.decimals)

    def nearest(self, x: FloatArray) -> FloatArray:
        """The values of the lattice that are nearest to x, as the column writes them."""
        away = (x * 10.0**self.decimals - self.origin) / max(1, self.stride)
        whole = self.origin + self.stride * np.rint(away)
        return np.asarray(whole / 10.0**self.decimals)


def _decimals(values: AnyArray, most: float) -> int | None:
    """Decimals that write every value; None where none do."""
    wide = values.astype(np.float64)
    for decimals in range(_MOST_DECIMALS + 1):
        whole = np.rint(wide * 10.0**decimals)
        if np.abs(whole).max() >= most:
            return None
        if (np.asarray(whole / 10.0**decimals).astype(values.dtype) == values).all():
            return decimals
    return None
