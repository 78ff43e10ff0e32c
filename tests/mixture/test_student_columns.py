"""One column of Student t's given the others: quadrature and the chain rule."""

import numpy as np
import pytest
from scipy import integrate, stats

from gaussmix.covariance import FullCovariances
from gaussmix.data import ArraySource
from gaussmix.density import Components, log_density
from gaussmix.execution import team
from gaussmix.mixture import student_columns

MEANS = np.array([[0.0, 1.0, 2.0], [3.0, -1.0, 0.0]])
MATRICES = np.array(
    [[[2.0, 0.8, 0.1], [0.8, 1.0, -0.3], [0.1, -0.3, 1.5]], np.diag([0.5, 2.0, 1.0])]
)
DOF = np.array([3.0, 8.0])
ROWS = np.array([[0.5, 0.0, 1.0], [2.5, 9.0, -4.0], [-1.0, 1.5, 2.5], [1.5, 0.0, 1.0]])


@pytest.fixture(scope="module")
def components():
    covariances = FullCovariances.from_dense(MATRICES, 2)
    return Components(np.array([0.6, 0.4]), MEANS, covariances, dof=DOF)


def log_densities(components, X):
    with team(n_jobs=1) as threads:
        return log_density(components, ArraySource(X), threads)


def given(components, X, column):
    """The column's distributions, in the order of the rows."""
    pieces = list(student_columns(components, X, column))
    assert sorted(np.concatenate([rows for rows, _ in pieces])) == [*range(len(X))]
    return {int(n): (piece, m) for rows, piece in pieces for m, n in enumerate(rows)}


@pytest.mark.parametrize("column", [0, 1, 2])
def test_the_density_given_the_others_is_the_joint_over_the_marginal(components, column):
    rest = np.array([j for j in range(3) if j != column])
    joint = log_densities(components, ROWS)
    marginal = log_densities(components.marginal(rest), ROWS[:, rest])
    for _, columns in student_columns(components, ROWS, column):
        assert columns.log_pdf(ROWS[:, column]) == pytest.approx(joint - marginal, rel=1e-11)


def test_rows_with_gaps_are_given_what_they_have(components):
    X = ROWS.copy()
    X[0, 0] = X[1, [0, 2]] = np.nan
    answers = given(components, X, 1)
    pair, alone = components.marginal(np.array([2])), components.marginal(np.array([1]))
    both = components.marginal(np.array([2, 1]))
    joint = log_densities(both, X[[0]][:, [2, 1]]) - log_densities(pair, X[[0]][:, [2]])
    piece, m = answers[0]
    assert piece.log_pdf(np.full(len(piece.weights), X[0, 1]))[m] == pytest.approx(joint[0])
    piece, m = answers[1]
    expected = log_densities(alone, X[[1]][:, [1]])[0]
    assert piece.log_pdf(np.full(len(piece.weights), X[1, 1]))[m] == pytest.approx(expected)


def test_moments_and_intervals_are_those_of_quadrature(components):
    ((_, columns),) = student_columns(components, ROWS, 1)
    lower, upper = columns.interval(0.9)
    x = np.linspace(-1e4, 1e4, 400_001)
    for n in range(len(ROWS)):
        each = [
            (w, stats.t(df, loc, scale))
            for w, df, loc, scale in zip(
                columns.weights[n], columns.dof, columns.places[n], columns.scales[n], strict=True
            )
        ]
        below = [sum(w * t.cdf(end) for w, t in each) for end in (lower[n], upper[n])]
        assert below == pytest.approx([0.05, 0.95], abs=1e-12)
        mean = integrate.simpson(x * sum(w * t.pdf(x) for w, t in each), x=x)
        assert columns.mean()[n] == pytest.approx(mean, abs=1e-6)
        second = sum(w * (t.var() + t.mean() ** 2) for w, t in each)
        assert columns.variance()[n] == pytest.approx(second - mean**2, abs=1e-5)


@pytest.mark.parametrize("column", [0, 1, 2])
def test_the_mode_is_the_highest_point_of_a_fine_grid(components, column):
    ((_, columns),) = student_columns(components, ROWS, column)
    grid = np.linspace(-10.0, 10.0, 2_001)
    heights = np.array([columns.log_pdf(np.full(len(ROWS), x)) for x in grid])
    mode = columns.mode()
    assert mode == pytest.approx(grid[heights.argmax(axis=0)], abs=0.01)
    assert (columns.log_pdf(mode) >= heights.max(axis=0) - 1e-9).all()


def test_without_mean_or_variance_it_says_so(components):
    heavy = Components(
        components.weights[:1] / components.weights[0],
        MEANS[:1],
        FullCovariances.from_dense(MATRICES[:1], 1),
        dof=np.array([0.8]),
    )
    nothing = np.full((1, 3), np.nan)
    ((_, columns),) = student_columns(heavy, nothing, 0)
    assert np.isnan(columns.mean()).all()
    ((_, columns),) = student_columns(heavy, np.array([[np.nan, 1.0, np.nan]]), 0)
    assert np.isfinite(columns.mean()).all()
    assert np.isinf(columns.variance()).all()


def test_rows_very_far_out_have_finite_answers(components):
    ((_, columns),) = student_columns(components, np.array([[1e200, 1.0, -1e200]]), 1)
    assert np.isfinite(columns.places).all()
    assert np.isfinite(columns.weights).all()
    assert columns.weights.sum() == pytest.approx(1.0)
