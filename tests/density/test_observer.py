"""Views of a kernel by rows that have only some of the columns."""

import numpy as np
import pytest

from gaussmix.covariance import FullCovariances
from gaussmix.density import Components, Kernel, Observer


def _kernel(n_components, *, shared):
    rng = np.random.default_rng(0)
    A = rng.normal(size=(1 if shared else n_components, 4, 4))
    covariances = FullCovariances.from_dense(A @ A.swapaxes(1, 2) + np.eye(4), n_components)
    weights = rng.dirichlet(np.ones(n_components))
    components = Components(weights, rng.normal(size=(n_components, 4)), covariances)
    return Kernel(components, rng.normal(size=4), np.ones(4), -3.0, whole=True)


@pytest.mark.parametrize("shared", [False, True])
def test_views_made_together_are_those_made_one_by_one(shared):
    kernel = _kernel(3, shared=shared)
    patterns = [np.array(own, dtype=np.intp) for own in ([0, 1], [1, 3], [0], [0, 1, 3], [], [2])]
    together, one_by_one = Observer(kernel), Observer(kernel)
    together.prepare(patterns)
    for observed in patterns:
        a, b = together.view(observed), one_by_one.view(observed)
        np.testing.assert_allclose(a.kernel.coefficients, b.kernel.coefficients, rtol=1e-12)
        np.testing.assert_allclose(a.slopes, b.slopes, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(a.split.remainder, b.split.remainder, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(
            a.kernel.components.covariances.log_det,
            b.kernel.components.covariances.log_det,
            rtol=1e-12,
        )
        assert together.view(observed) is a
