import numpy as np
import pytest

from gaussmix.covariance import family_named, known_names, layout_named
from gaussmix.linalg import NotPositiveDefinite

NAMES = known_names()
SHAPES = {"full": (3, 4, 4), "tied": (4, 4), "diag": (3, 4), "spherical": (3,)}


def _value(make, name):
    return make.components(family_named(name).code, 3, 4).covariances


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", ["covariances", "precisions", "precisions_cholesky"])
def test_arrays_read_back_as_the_value_they_came_from(make, tolerance, name, what):
    layout, value = layout_named(name), _value(make, name)
    array = getattr(layout, what)(value)
    assert array.shape == layout.shape(3, 4) == SHAPES.get(name, (3, 4, 4))
    back = getattr(layout, f"from_{what}")(array, 3, 4)
    near = {"rtol": tolerance.rounding, "atol": tolerance.rounding}
    np.testing.assert_allclose(back.dense(), value.dense(), **near)
    np.testing.assert_allclose(back.log_det, value.log_det, **near)
    np.testing.assert_allclose(getattr(layout, what)(back), array, **near)


@pytest.mark.parametrize("name", NAMES)
def test_the_three_arrays_belong_together(make, tolerance, name):
    layout, value = layout_named(name), _value(make, name)
    inverses = np.linalg.inv(value.dense())
    covariances, precisions = layout.covariances(value), layout.precisions(value)
    factors = layout.precisions_cholesky(value)
    near = {"rtol": tolerance.rounding, "atol": tolerance.rounding}
    if name in {"diag", "spherical"}:
        np.testing.assert_allclose(precisions * covariances, 1.0, **near)
        np.testing.assert_allclose(factors**2, precisions, **near)
    else:
        np.testing.assert_allclose(np.broadcast_to(precisions, inverses.shape), inverses, **near)
        np.testing.assert_allclose(factors @ factors.swapaxes(-1, -2), precisions, **near)
        # scikit-learn's factors are upper triangular.
        np.testing.assert_array_equal(factors, np.triu(factors))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", ["covariances", "precisions", "precisions_cholesky"])
def test_arrays_may_be_written_without_changing_the_value(make, name, what):
    layout, value = layout_named(name), _value(make, name)
    dense = value.dense().copy()
    array = getattr(layout, what)(value)
    array[...] = -5.0
    np.testing.assert_array_equal(value.dense(), dense)
    assert (getattr(layout, what)(value) != -5.0).any()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", ["covariances", "precisions"])
def test_an_array_that_is_not_positive_is_refused(make, name, what):
    layout = layout_named(name)
    array = getattr(layout, what)(_value(make, name))
    array[-1] *= -1.0
    with pytest.raises(NotPositiveDefinite) as caught:
        getattr(layout, f"from_{what}")(array, 3, 4)
    assert caught.value.index == (0 if name == "tied" else 2)


@pytest.mark.parametrize("name", sorted({*NAMES} - {"diag", "spherical"}))
def test_an_array_that_is_not_symmetric_is_refused(make, name):
    layout = layout_named(name)
    array = layout.covariances(_value(make, name))
    array[..., 0, 1] += 0.5
    with pytest.raises(NotPositiveDefinite):
        layout.from_covariances(array, 3, 4)
