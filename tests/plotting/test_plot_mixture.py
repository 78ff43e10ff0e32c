"""Pictures: what is drawn where."""

import io

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture, datasets
from gaussmix.plotting import plot_mixture
from gaussmix.plotting.curves import histogram
from gaussmix.plotting.views import most_telling

LINE = Mixture([0.3, 0.7], [[0.0], [5.0]], [[[1.0]], [[0.25]]], feature_names=["speed"])


def legend_of(axes) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def png(figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def test_curves_of_one_column() -> None:
    (axes,) = plot_mixture(LINE).axes
    assert axes.get_xlabel() == "speed"
    assert legend_of(axes) == ["component 0 (30.0%)", "component 1 (70.0%)", "mixture"]
    x, y = axes.lines[-1].get_data()
    np.testing.assert_allclose(y, LINE.pdf(x[:, None]))
    shares = sum(line.get_ydata() for line in axes.lines[:2])
    np.testing.assert_allclose(shares, y, rtol=1e-12)


def test_bars_at_the_values_of_a_frequency_table() -> None:
    table = datasets.load_cyclists()
    x, heights, width = histogram(table["speed_kmh"], table["count"])
    np.testing.assert_array_equal(x, [1, 2, 3, 4, 5, 6])
    assert width == 1.0
    np.testing.assert_allclose(heights, table["count"] / 31)


def test_bars_hold_all_the_mass() -> None:
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=3000), rng.integers(0, 4, size=3000).astype(float)
    middles, heights, width = histogram(x, weight)
    assert 10 <= len(middles) <= 100
    assert heights.sum() * width == pytest.approx(1.0)


@pytest.mark.parametrize("x", [np.full(5, 3.0), np.zeros(3), np.array([1.0, 1e9, 1.1])])
def test_bars_of_odd_values(x) -> None:
    _, heights, width = histogram(x, np.ones(len(x)))
    assert heights.sum() * width == pytest.approx(1.0)


def test_scatter_of_two_columns() -> None:
    X = datasets.load_old_faithful().to_numpy()
    model = GaussianMixture(2, random_state=0).fit(X)
    (axes,) = plot_mixture(model, X, title="Old Faithful").axes
    assert axes.get_title() == "Old Faithful"
    assert sum(len(points.get_offsets()) for points in axes.collections) == 272
    assert [text.get_text() for text in axes.texts] == ["0", "1"]
    one_sd = axes.lines[0].get_xydata()
    away = one_sd - model.means_[0]
    distance = np.einsum("ni,ij,nj->n", away, model.precisions_[0], away)
    np.testing.assert_allclose(distance, 1.0, rtol=1e-9)
    assert png(plot_mixture(model, X)).startswith(b"\x89PNG")


def test_labels_given_and_unknown() -> None:
    X = datasets.load_old_faithful().to_numpy()
    model = GaussianMixture(2, random_state=0).fit(X)
    labels = np.where(np.arange(272) < 100, -1, 1)
    (axes,) = plot_mixture(model, X, labels=labels).axes
    assert [len(points.get_offsets()) for points in axes.collections] == [100, 172]
    with pytest.raises(ValueError, match="labels"):
        plot_mixture(model, X, labels=[0, 1])


def test_the_columns_that_tell_components_apart() -> None:
    means = [[0.0, 0.0, 0.0, 9.0], [0.0, 6.0, 0.1, 0.0]]
    mixture = Mixture([0.5, 0.5], means, np.ones((2, 4)), covariance_type="diag")
    assert most_telling(mixture) == [1, 3]
    (axes,) = plot_mixture(mixture).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("column 1", "column 3")


def test_columns_by_name_or_number() -> None:
    mixture = Mixture(
        [1.0],
        [[0.0, 1.0, 2.0]],
        np.ones((1, 3)),
        covariance_type="diag",
        feature_names=["a", "b", "c"],
    )
    (axes,) = plot_mixture(mixture, columns=["c", "a"]).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("c", "a")
    (axes,) = plot_mixture(mixture, np.zeros((4, 3)), columns=[1]).axes
    assert axes.get_xlabel() == "b"
    with pytest.raises(ValueError, match="no column 'd'"):
        plot_mixture(mixture, columns=["d"])


def test_many_rows_are_thinned_and_zero_weights_left_out() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(9000, 2))
    mixture = Mixture([1.0], [[0.0, 0.0]], [np.eye(2)])
    (axes,) = plot_mixture(mixture, X).axes
    assert len(axes.collections[0].get_offsets()) == 5000
    (axes,) = plot_mixture(mixture, X[:10], weight=np.arange(10) % 2).axes
    assert len(axes.collections[0].get_offsets()) == 5


def test_many_components_have_a_legend_beside() -> None:
    mixture = Mixture(
        np.full(9, 1 / 9), np.arange(9.0)[:, None], np.ones(9), covariance_type="spherical"
    )
    assert len(legend_of(plot_mixture(mixture).axes[0])) == 10
    assert png(plot_mixture(mixture)).startswith(b"\x89PNG")


def test_no_global_state() -> None:
    import matplotlib.pyplot as plt  # noqa: PLC0415  only here

    plot_mixture(LINE)
    assert plt.get_fignums() == []
