"""Proposals to split components, made on a sketch of the rows."""

import numpy as np
import pytest

from gaussmix.covariance import PACKED, RADIAL, family_named
from gaussmix.data import ArraySource, Details, survey
from gaussmix.em import Problem, run, with_filler
from gaussmix.em.beliefs import Beliefs, with_beliefs
from gaussmix.em.splits import look, split_proposals, split_up
from gaussmix.em.starts import fit_responsibilities
from gaussmix.execution import Team, team
from gaussmix.maximization import Posterior

KINDS = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
WEIGHTS = ("dirichlet_process", "dirichlet_distribution")
ALONE = Team()
CENTRES = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0], [9.0, 9.0]])


def rows(n=120, centres=CENTRES, seed=0):
    """Rows of clusters, in turn, and their clusters."""
    rng = np.random.default_rng(seed)
    label = np.arange(n) % len(centres)
    return centres[label] + rng.normal(size=(n, 2)), label


def problem_of(X, kind="full", weights=WEIGHTS[0], n_slots=8, *, weight=None):
    source = ArraySource(X, Details(weight=weight))
    facts = survey(source, ALONE)
    problem = with_filler(Problem(source, facts, family_named(kind), n_slots, 1e-6), ALONE)
    variances, quadratic = 0.1 * facts.scale**2, problem.family.scatter.quadratic
    scatter = {PACKED: np.diag(variances), RADIAL: np.mean(variances)}.get(quadratic, variances)
    beliefs = Beliefs(weights, 0.2, 0.1, None, 2.0, scatter)
    return with_beliefs(problem, beliefs, ALONE)


def looked_at(problem, seed=0):
    return look(problem, np.random.default_rng(seed))


def posterior_from(problem, label, n_iter=3):
    """The posterior a few iterations on from labels."""
    components = np.arange(problem.n_components)[:, None]
    start = fit_responsibilities(
        problem, problem, lambda block: (label[block.rows] == components).astype(float), ALONE
    )
    return run(problem, start, ALONE, tol=0.0, max_iter=n_iter)


def proposals(problem, posterior, seed=0, workers=ALONE):
    return split_proposals(posterior, looked_at(problem), np.random.default_rng(seed), workers)


@pytest.mark.parametrize(
    ("kind", "weights"), [(kind, WEIGHTS[i % 2]) for i, kind in enumerate(KINDS)]
)
def test_the_component_of_two_clusters_is_the_first_to_be_split(kind, weights):
    X, label = rows(centres=CENTRES[:3])
    problem = problem_of(X, kind, weights)
    fit = posterior_from(problem, np.minimum(label, 1))
    wide = int(np.argmax(fit.mass))
    looked = looked_at(problem)
    first, *others = split_proposals(fit.components, looked, np.random.default_rng(0), ALONE)
    assert first.component == wide
    assert first.gain > 20.0
    assert all(split.component != wide for split in others)
    assert [split.gain for split in others] == sorted((s.gain for s in others), reverse=True)
    # The gain told by the sketch is one on the rows; of shared covariances all others gain, too.
    start = split_up(problem, fit.components, [first], looked, ALONE)
    after = run(problem, start, ALONE, tol=0.0, max_iter=5)
    gained = (after.objective - fit.objective) * len(X)
    if fit.components.prior.is_shared:
        assert gained > 0.9 * first.gain
    else:
        assert gained == pytest.approx(first.gain, rel=0.1)
    assert np.diff(after.objectives).min() > -1e-9


def test_the_parts_share_out_what_was_their_components_and_nothing_else():
    X, label = rows()
    problem = problem_of(X)
    fit = posterior_from(problem, np.minimum(label, 2))
    looked = looked_at(problem)
    first, *_ = split_proposals(fit.components, looked, np.random.default_rng(0), ALONE)
    start = split_up(problem, fit.components, [first], looked, ALONE)
    assert isinstance(start, Posterior)
    assert len(start.mass) == len(fit.mass) + first.n_parts - 1
    assert start.prior.n_slots == problem.n_components
    others = np.delete(np.arange(len(fit.mass)), first.component)
    for k in others:
        away = np.abs(start.means - fit.components.means[k]).max(axis=1)
        # Where they were, with the rows that they had.
        assert away.min() < 1e-2
        assert start.mass[away.argmin()] == pytest.approx(fit.mass[k], abs=1e-2)
    left = len(X) - fit.mass[others].sum()
    assert start.mass.sum() == pytest.approx(len(X))
    assert first.parts.mass.sum() == pytest.approx(left, abs=1e-2)


def test_several_components_are_taken_apart_at_once():
    X, label = rows()
    problem = problem_of(X)
    fit = posterior_from(problem, label % 2)
    looked = looked_at(problem)
    found = split_proposals(fit.components, looked, np.random.default_rng(0), ALONE)
    both = [split for split in found if split.gain > 0.0]
    assert sorted(split.component for split in both) == [0, 1]
    start = split_up(problem, fit.components, both, looked, ALONE)
    assert len(start.mass) == sum(split.n_parts for split in both) == 4
    order = np.lexsort(np.round(start.means / 9.0).T)
    np.testing.assert_allclose(start.means[order], CENTRES, atol=0.6)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("n_slots", [1, 2, 3, 5])
def test_no_split_has_more_parts_than_there_are_slots(n_slots, weights):
    """One component of many clusters, and room for few."""
    rng = np.random.default_rng(3)
    X, _ = rows(400, 12.0 * rng.normal(size=(10, 2)))
    problem = problem_of(X, weights=weights, n_slots=n_slots)
    fit = posterior_from(problem, np.zeros(len(X), dtype=int))
    assert len(fit.mass) == 1
    looked = looked_at(problem)
    found = split_proposals(fit.components, looked, np.random.default_rng(0), ALONE)
    assert len(found) == (n_slots > 1)
    for split in found:
        assert 2 <= split.n_parts <= n_slots
        start = split_up(problem, fit.components, [split], looked, ALONE)
        assert len(start.mass) <= n_slots
        assert start.proportions.mass.shape == (n_slots,)


@pytest.mark.parametrize("kind", ["full", "tied_diag"])
def test_proposals_have_the_same_bits_for_any_number_of_threads(kind):
    X, label = rows(1200)
    problem = problem_of(X, kind)
    fit = posterior_from(problem, label % 3)
    found = []
    for n_threads in (1, 2, 3):
        with team(n_threads) as workers:
            looked = looked_at(problem)
            splits = split_proposals(fit.components, looked, np.random.default_rng(5), workers)
            found.append((splits, split_up(problem, fit.components, splits[:1], looked, workers)))
    (splits, start), *others = found
    assert splits
    for own, other in others:
        assert [split.component for split in own] == [split.component for split in splits]
        assert [split.gain for split in own] == [split.gain for split in splits]
        np.testing.assert_array_equal(other.means, start.means)
        np.testing.assert_array_equal(other.covariances.dense(), start.covariances.dense())


def test_weight_two_is_the_row_twice():
    X, label = rows()
    weight = np.where(np.arange(len(X)) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(np.arange(len(X)), weight.astype(int))
    found = []
    for own, counts, of in ((X, weight, label), (X[twice], None, label[twice])):
        problem = problem_of(own, weight=counts)
        fit = posterior_from(problem, np.minimum(of, 2))
        found.append((problem.survey.weight, proposals(problem, fit.components)))
    (weight_a, splits), (weight_b, others) = found
    assert weight_a == weight_b
    assert [split.component for split in splits] == [split.component for split in others]
    np.testing.assert_allclose(
        [split.gain for split in splits], [split.gain for split in others], rtol=1e-6
    )


def test_rows_with_gaps_are_split_where_their_values_tell():
    X, label = rows(400)
    X[np.random.default_rng(1).random(X.shape) < 0.15] = np.nan
    problem = problem_of(X)
    fit = posterior_from(problem, np.minimum(label, 2))
    looked = looked_at(problem)
    first, *_ = split_proposals(fit.components, looked, np.random.default_rng(0), ALONE)
    start = split_up(problem, fit.components, [first], looked, ALONE)
    after = run(problem, start, ALONE, tol=0.0, max_iter=15)
    assert after.objective > fit.objective + 0.02
    away = np.abs(after.components.means[:, None] - CENTRES).max(axis=2).min(axis=0)
    assert away.max() < 0.6


def test_rows_that_are_all_alike_are_not_split():
    X = np.repeat([[1.0, 2.0]], 30, axis=0)
    problem = problem_of(X)
    fit = posterior_from(problem, np.zeros(len(X), dtype=int))
    assert not proposals(problem, fit.components)


def test_one_gaussian_is_not_split():
    X = np.random.default_rng(2).normal(size=(500, 2))
    problem = problem_of(X)
    fit = posterior_from(problem, np.zeros(len(X), dtype=int))
    assert all(split.gain < 0.0 for split in proposals(problem, fit.components))


def test_shares_of_a_posterior_are_kept_until_another_is_asked_about():
    X, label = rows()
    problem = problem_of(X)
    fit, other = (posterior_from(problem, label, n_iter) for n_iter in (1, 2))
    looked = looked_at(problem)
    shares = looked.of(fit.components, ALONE)
    assert looked.of(fit.components, ALONE) is shares
    assert looked.of(other.components, ALONE) is not shares
    assert shares.weight.sum() == pytest.approx(len(X))
    np.testing.assert_allclose(shares.posterior.sum(axis=1), 1.0)
    np.testing.assert_allclose(shares.weight @ shares.posterior, fit.mass, rtol=1e-6)


def test_large_tables_are_looked_at_in_part(monkeypatch):
    """Of many rows a sample is split, which stands for no more rows than it has shown."""
    X, label = rows(800)
    problem = problem_of(X)
    fit = posterior_from(problem, np.minimum(label, 2))
    whole = proposals(problem, fit.components)[0]
    monkeypatch.setattr("gaussmix.em.splits._ROWS", 100)
    part = proposals(problem, fit.components)[0]
    assert part.component == whole.component
    assert 100.0 < part.parts.mass.sum() <= 400.0 + 1e-9
    assert 0.0 < part.gain < whole.gain


def test_a_row_that_is_repeated_often_leaves_the_others_their_weight():
    """Zeros that fill a third of a table are no reason to look at the rest from afar."""
    X, label = rows()
    X = np.concatenate([X, np.full((60, 2), 4.5)])
    problem = problem_of(X)
    fit = posterior_from(problem, np.append(np.minimum(label, 2), np.full(60, 3)))
    (gain,) = (s.gain for s in proposals(problem, fit.components) if s.component == 0)
    alone = problem_of(X[:120])
    fit = posterior_from(alone, np.minimum(label, 2))
    (expected,) = (s.gain for s in proposals(alone, fit.components) if s.component == 0)
    assert gain > 0.7 * expected > 20.0
    together = posterior_from(problem, np.zeros(len(X), dtype=int))
    first, *_ = proposals(problem, together.components)
    assert first.parts.mass.sum() == pytest.approx(len(X))


def test_an_interrupt_while_splits_are_tried_is_not_lost(monkeypatch):
    X, label = rows()
    problem = problem_of(X)
    fit = posterior_from(problem, np.minimum(label, 2))

    def interrupted(*_arguments):
        raise KeyboardInterrupt

    workers = Team()
    monkeypatch.setattr("gaussmix.em.engine.passes.step", interrupted)
    split_proposals(fit.components, looked_at(problem), np.random.default_rng(0), workers)
    assert workers.interrupted.is_set()
