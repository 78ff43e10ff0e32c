"""Where a curve bends."""

import numpy as np

from gaussmix._typing import FloatArray


def elbow(x: FloatArray, y: FloatArray) -> int:
    """Number of the point where two lines that share it fit a curve best.

    Parameters
    ----------
    x, y : (M,) arrays
        At least three points, x not falling.

    Returns
    -------
    int
        From 1 to M - 2; the first among equals.
    """
    last = len(x) - 1
    costs = [_misfit(x[: i + 1], y[: i + 1]) + _misfit(x[i:], y[i:]) for i in range(1, last)]
    return 1 + int(np.argmin(costs))


def _misfit(x: FloatArray, y: FloatArray) -> float:
    """Sum of squares about the least-squares line."""
    away, rise = x - x.mean(), y - y.mean()
    square = float(away @ away)
    slope = float(away @ rise) / square if square > 0.0 else 0.0
    rest = rise - slope * away
    return float(rest @ rest)
