"""When to stop: the gain that is left, estimated from the gains so far."""

from dataclasses import dataclass

import numpy as np

#: Gains below this many ulps of the objective are rounding.
_ROUNDING = 64.0 * float(np.finfo(np.float64).eps)
#: How often running the estimate must be below tol.
_PATIENCE = 2


@dataclass(frozen=True, slots=True)
class Progress:
    """The objectives of a run, as far as the decision to stop needs them.

    EM converges linearly: near a maximum each gain is the one before times a rate a < 1, so
    the gain still to come is about gain * a / (1 - a) (Aitken's extrapolation; Boehning et
    al. 1994, Ann. Inst. Statist. Math. 46, 373-388). Where a >= 1 the run is leaving a
    saddle, and small gains mean nothing.

    Attributes
    ----------
    objective : float
        The last objective per row; NaN before the first.
    gain : float
        What the last iteration gained.
    remaining : float
        Estimated gain still to come; infinite where it cannot be estimated.
    calm : int
        How many iterations running `remaining` was below tol.
    at_rounding : bool
        Whether the last gain was no more than rounding.
    """

    objective: float = float("nan")
    gain: float = float("nan")
    remaining: float = float("inf")
    calm: int = 0
    at_rounding: bool = False

    def after(self, objective: float, tol: float) -> "Progress":
        """Progress once an iteration has reached `objective`."""
        gain = objective - self.objective
        if np.isnan(gain):
            return Progress(objective)
        rate = gain / self.gain if self.gain > 0.0 else np.inf
        remaining = gain * rate / (1.0 - rate) if 0.0 < rate < 1.0 else np.inf
        if min(gain, self.gain) < 0.0:
            # An iteration never lowers the objective: a fall shows how large rounding is.
            remaining = max(abs(gain), abs(self.gain))
        calm = self.calm + 1 if remaining < tol else 0
        at_rounding = abs(gain) <= _ROUNDING * max(1.0, abs(objective))
        return Progress(objective, gain, float(remaining), calm, at_rounding)

    def continues_at(self, objective: float) -> bool:
        """Whether `objective` is where this progress ended, and not of other data."""
        return abs(objective - self.objective) <= 1e-9 * max(1.0, abs(objective))

    def has_converged(self, tol: float) -> bool:
        """Whether to stop; never for `tol = 0`, which asks for every iteration."""
        return tol > 0.0 and (self.calm >= _PATIENCE or self.at_rounding)
