"""Random rows from a mixture."""

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.density import Components


def generator_of(random_state: object) -> np.random.Generator:
    """A generator from None, an integer, a Generator or a RandomState.

    A `RandomState` is drawn from, so that it moves on.
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(0, 2**32, size=4, dtype=np.uint32))
    if random_state is np.random:
        return generator_of(np.random.mtrand._rand)  # noqa: SLF001  the global state, as asked for
    if random_state is None:
        return np.random.default_rng()
    if isinstance(random_state, int | np.integer) and random_state >= 0:
        return np.random.default_rng(int(random_state))
    raise errors.invalid_random_state(random_state)


def check_count(n: object) -> int:
    """The number of rows asked for, a whole one from 1."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise errors.invalid_n_samples(n)
    return int(n)


def sample(components: Components, n: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Rows (n, D) and their components (n,), in random order; -1 for noise."""
    noise = components.noise
    share = components.weights if noise is None else np.append(components.weights, noise.weight)
    # Proportions that were stored in float32 sum to one within its rounding only.
    label = rng.choice(len(share), size=n, p=share / share.sum())
    z = rng.standard_normal((n, components.n_features))
    X = np.empty_like(z)
    for k in range(components.n_components):
        mine = label == k
        away = components.covariances.colorize(k, z[mine])
        if components.dof is not None:
            scale = rng.chisquare(components.dof[k], size=(len(away), 1)) / components.dof[k]
            with np.errstate(divide="ignore", over="ignore"):
                away /= np.sqrt(scale)
        X[mine] = components.means[k] + away
    if noise is not None:
        own = label == components.n_components
        X[own] = rng.uniform(noise.low, noise.high, (np.count_nonzero(own), len(noise.low)))
        label[own] = -1
    return X, label
