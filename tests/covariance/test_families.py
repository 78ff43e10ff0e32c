import numpy as np
import pytest

from gaussmix.covariance import (
    FAMILIES,
    Within,
    alias_of,
    family_named,
    known_names,
    layout_named,
)
from gaussmix.covariance.layout import DENSE
from gaussmix.linalg import NotPositiveDefinite, unpack

CODES = tuple(FAMILIES)
ALIASES = {
    "full": "VVV",
    "tied": "EEE",
    "diag": "VVI",
    "spherical": "VII",
    "tied_diag": "EEI",
    "tied_spherical": "EII",
}


@pytest.mark.parametrize(("alias", "code"), ALIASES.items())
def test_aliases_are_codes(alias, code):
    assert family_named(alias) is family_named(code) is FAMILIES[code]
    assert FAMILIES[code].code == code
    assert alias_of(code) == alias_of(alias) == alias


def test_every_known_name_names_a_family():
    assert set(known_names()) >= set(ALIASES) | set(FAMILIES)
    for name in known_names():
        assert family_named(name).code in FAMILIES
        assert layout_named(name) is not None
    for code in CODES:
        assert layout_named(code) is DENSE


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ful", " Did you mean 'full'?"),
        ("spherical ", " Did you mean 'spherical'?"),
        ("VVVV", " Did you mean 'VVV'?"),
        ("tied_dig", " Did you mean 'tied_diag'?"),
        ("#", " Known:"),
        (3, " Known:"),
        (None, " Known:"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_and_all_known(name, hint):
    with pytest.raises(ValueError, match=r"^Unknown covariance_type") as caught:
        family_named(name)
    text = str(caught.value)
    assert text.startswith(f"Unknown covariance_type {name!r}.{hint}")
    assert all(repr(known) in text for known in known_names())
    assert ("Did you mean" in text) == ("Did" in hint)


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("d", [1, 2, 7])
def test_parameter_counts(k, d):
    turns = d * (d - 1) // 2
    # mclust's nVarParams.
    expected = {
        "EII": 1,
        "VII": k,
        "EEI": d,
        "VEI": k + d - 1,
        "EVI": 1 + k * (d - 1),
        "VVI": k * d,
        "EEE": d * (d + 1) // 2,
        "EVE": 1 + k * (d - 1) + turns,
        "VEE": k + d - 1 + turns,
        "VVE": k + k * (d - 1) + turns,
        "EEV": 1 + d - 1 + k * turns,
        "VEV": k + d - 1 + k * turns,
        "EVV": 1 + k * (d - 1) + k * turns,
        "VVV": k * d * (d + 1) // 2,
    }
    assert set(expected) == set(FAMILIES)
    for code, count in expected.items():
        assert FAMILIES[code].n_parameters(k, d) == count


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("VVV", "ellipsoidal, varying volume, shape and orientation"),
        ("EEE", "ellipsoidal, equal volume, shape and orientation"),
        ("VEE", "ellipsoidal, varying volume, equal shape and orientation"),
        ("VEV", "ellipsoidal, varying volume and orientation, equal shape"),
        ("EVI", "diagonal, equal volume, varying shape"),
        ("VVI", "diagonal, varying volume and shape"),
        ("EII", "spherical, equal volume"),
    ],
)
def test_words(code, words):
    assert FAMILIES[code].words == words
    assert FAMILIES[code].words_for(2, 2) == words


@pytest.mark.parametrize(
    ("code", "of_one", "of_one_column"),
    [
        ("VVV", "ellipsoidal", "varying variance"),
        ("EVE", "ellipsoidal", "equal variance"),
        ("VEI", "diagonal", "varying variance"),
        ("EII", "spherical", "equal variance"),
    ],
)
def test_words_are_fewer_where_there_is_nothing_to_share(code, of_one, of_one_column):
    family = FAMILIES[code]
    assert family.words_for(1, 3) == of_one
    assert family.words_for(3, 1) == of_one_column
    assert family.words_for(1, 1) == "one variance"


@pytest.mark.parametrize(
    ("code", "needed"), [("VVV", 12), ("EVV", 12), ("VVE", 12), ("VEV", 6), ("EEE", 6), ("VEI", 0)]
)
def test_rows_that_must_be_exceeded(code, needed):
    assert FAMILIES[code].rows_needed(3, 4) == needed


@pytest.mark.parametrize("code", CODES)
def test_nearest_leaves_a_member_as_it_is(make, tolerance, code):
    dense = make.components(code, 3, 4).covariances.dense()
    found = FAMILIES[code].nearest(dense).dense()
    np.testing.assert_allclose(found, dense, rtol=1e-9, atol=tolerance.rounding)


def _scatter(code, mass, matrices):
    kind = FAMILIES[code].scatter
    scatter = kind.quadratic.of_matrices(matrices * mass[:, None, None])
    return scatter.sum(axis=0) if kind.pooled else scatter


@pytest.mark.parametrize("code", ["VVV", "EEE"])
@pytest.mark.parametrize("n_features", [2, 3, 10])
def test_scatter_of_deficient_rank_is_refused(code, n_features):
    rng = np.random.default_rng(0)
    mass = np.array([20.0, 20.0])
    thin = rng.normal(size=(n_features, n_features - 1))
    thin[-1] = thin[:-1].sum(axis=0)  # the last column repeats the others
    matrices = np.array([np.eye(n_features), thin @ thin.T])
    if code == "EEE":
        matrices[0] = matrices[1]
    with pytest.raises(NotPositiveDefinite) as caught:
        FAMILIES[code].rule(Within(_scatter(code, mass, matrices), mass, n_features))
    assert caught.value.index == (0 if code == "EEE" else 1)


@pytest.mark.parametrize("code", ["VVV", "EEE"])
@pytest.mark.parametrize("offset", [1.0, 1e3])
def test_rows_on_a_plane_are_refused_although_rounding_leaves_it(code, offset):
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(50, 3))
    rows[:, 2] = 0.1 * rows[:, 0] - 0.7 * rows[:, 1] + offset
    rows -= rows.mean(axis=0)
    mass = np.array([50.0])
    scatter = _scatter(code, mass, (rows.T @ rows / 50.0)[None])
    with pytest.raises(NotPositiveDefinite):
        FAMILIES[code].rule(Within(scatter, mass, 3))


@pytest.mark.parametrize("code", ["VVV", "EEE"])
def test_strong_correlation_and_unequal_units_are_accepted(code):
    mass = np.array([10.0])
    matrix = np.array([[1e-20, 0.999999e-3], [0.999999e-3, 1e14]])
    value = FAMILIES[code].rule(Within(_scatter(code, mass, matrix[None]), mass, 2))
    np.testing.assert_allclose(value.dense()[0], matrix, rtol=1e-9)


@pytest.mark.parametrize("code", ["VVI", "VII", "EEI", "EII"])
@pytest.mark.parametrize("bad", [0.0, -1e-300, np.nan])
def test_a_variance_that_is_not_positive_is_refused(code, bad):
    family = FAMILIES[code]
    mass = np.array([5.0, 5.0])
    scatter = np.ones(family.scatter.shape(2, 1))
    scatter[-1] = bad
    with pytest.raises(NotPositiveDefinite) as caught:
        family.rule(Within(scatter, mass, 1))
    assert caught.value.index == (0 if family.scatter.pooled else 1)


def test_rules_divide_by_the_mass(make):
    mass = np.array([3.0, 7.0])
    matrices = make.spd(np.random.default_rng(2), 2, 3)
    for code in CODES:
        one = FAMILIES[code].rule(Within(_scatter(code, mass, matrices), mass, 3))
        ten = FAMILIES[code].rule(Within(10.0 * _scatter(code, mass, matrices), 10.0 * mass, 3))
        np.testing.assert_allclose(ten.dense(), one.dense(), rtol=1e-12)
    pooled = FAMILIES["EEE"].rule(Within(_scatter("EEE", mass, matrices), mass, 3)).dense()[0]
    np.testing.assert_allclose(pooled, 0.3 * matrices[0] + 0.7 * matrices[1], rtol=1e-12)
    full = FAMILIES["VVV"].rule(Within(_scatter("VVV", mass, matrices), mass, 3)).dense()
    np.testing.assert_allclose(full, matrices, rtol=1e-12, atol=1e-14)
    assert unpack(np.arange(6.0), 3)[2, 0] == 2.0
