"""Pictures of merged components and of projections: what is drawn where."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_hex

from gaussmix import GaussianMixture, Mixture
from gaussmix.density import Components, Noise
from gaussmix.plotting import plot_merges, plot_projection
from gaussmix.plotting.style import GREY, PALE, colour_of

MEANS = [[0.0, 0.0, 0.0], [1.5, 0.0, 0.0], [9.0, 0.0, 0.0], [0.0, 12.0, 0.0]]
FOUR = GaussianMixture.from_parameters([0.25] * 4, MEANS, np.ones((4, 3)), covariance_type="diag")
X = FOUR.sample(400, random_state=0)[0]


def png(figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def test_the_entropy_falls_along_the_curve_and_the_choice_is_ringed():
    tree = FOUR.merge_components(X)
    curve, _ = plot_merges(tree).axes
    x, y = curve.lines[0].get_data()
    np.testing.assert_array_equal(y, tree.entropies[::-1])
    np.testing.assert_allclose(np.diff(x), [merge.weight for merge in tree.merges])
    assert curve.lines[1].get_data()[1] == [tree.entropies[tree.n_clusters - 1]]
    assert [text.get_text() for text in curve.texts] == ["4", "3", "2", "1"]
    assert curve.get_legend().get_texts()[0].get_text() == "chosen: 3 clusters"


def test_components_of_one_cluster_stand_side_by_side_in_one_colour():
    tree = FOUR.merge_components(X)
    figure = plot_merges(tree, title="four")
    _, branches = figure.axes
    labels = branches.get_xticklabels()
    assert sorted(label.get_text() for label in labels) == ["0", "1", "2", "3"]
    colours = {int(label.get_text()): label.get_color() for label in labels}
    assert colours == {0: colour_of(0), 1: colour_of(0), 2: colour_of(1), 3: colour_of(2)}
    above = [line for line in branches.lines if max(line.get_ydata()) < tree.n_clusters - 0.5]
    assert {line.get_color() for line in above} == {GREY}
    assert figure.get_suptitle() == "four"
    assert png(figure).startswith(b"\x89PNG")


def test_a_tree_of_one_component_can_be_drawn():
    one = GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], covariance_type="spherical")
    assert png(plot_merges(one.merge_components([[0.0], [1.0]]))).startswith(b"\x89PNG")


def test_rows_lie_where_the_projection_puts_them():
    figure = plot_projection(FOUR, X)
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("direction 1", "direction 2")
    drawn = np.vstack([points.get_offsets() for points in axes.collections])
    expected = FOUR.projection().transform(X)
    np.testing.assert_allclose(np.sort(drawn, axis=0), np.sort(expected, axis=0))
    assert axes.get_title() == "The two directions that best tell 4 components apart"


def test_rows_with_gaps_are_counted_and_noise_has_no_ellipse():
    part = FOUR.mixture_.components
    noise = Noise(0.1, np.full(3, -20.0), np.full(3, 20.0))
    noisy = Mixture.from_components(
        Components(0.9 * part.weights, part.means, part.covariances, noise), "diag"
    )
    rows = np.vstack([X, [[15.0, -15.0, 15.0], [np.nan, 0.0, 0.0]]])
    (axes,) = plot_projection(noisy, rows).axes
    assert axes.texts[-1].get_text() == "1 row with gaps not shown"
    assert len(axes.get_legend().get_texts()) == 4
    faces = [to_hex(points.get_facecolor()[0]).upper() for points in axes.collections]
    assert PALE in faces


@pytest.mark.parametrize(
    ("variances", "names"),
    [([1.0, 1.0], ("direction 1", "density")), ([1.0, 9.0], ("direction 1", "direction 2"))],
)
def test_two_components_have_a_second_direction_only_by_their_covariances(variances, names):
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [4.0, 0.0]], variances, covariance_type="spherical")
    (axes,) = plot_projection(mixture, [[0.0, 0.0], [4.0, 1.0]]).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == names


def test_another_projection_and_title_are_taken():
    projection = FOUR.projection(1)
    (axes,) = plot_projection(FOUR, X, projection=projection, title="one").axes
    assert axes.get_title() == "one"
    assert axes.get_xlabel() == "direction 1"
