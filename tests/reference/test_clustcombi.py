"""Merged components against mclust's clustCombi."""

import json
from pathlib import Path

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.datasets import load_old_faithful
from gaussmix.selection.elbow import elbow

R = json.loads(Path(__file__).with_name("clustcombi.json").read_text())
X = load_old_faithful().to_numpy()


@pytest.fixture(scope="module")
def tree():
    given = R["parameters"]
    gm = GaussianMixture.from_parameters(
        np.array(given["pro"]) / sum(given["pro"]), given["mean"], given["sigma"]
    )
    return gm.merge_components(X)


def test_the_same_components_merge(tree):
    for merge in R["merges"]:
        before = tree.clusters(merge["from"])
        both = sorted(k for number in merge["merged"] for k in before[number - 1])
        assert tuple(both) in tree.clusters(merge["to"])
    assert tree.n_clusters == R["chosen"]


def test_entropies(tree):
    # mclust's posteriors are one iteration behind its parameters.
    np.testing.assert_allclose(tree.entropies, R["entropies"], rtol=6e-3, atol=1e-9)


@pytest.mark.parametrize("n_clusters", [1, 2, 3])
def test_labels(tree, n_clusters):
    theirs = np.array(list(R["labels"][str(n_clusters)]), dtype=int) - 1
    # One row lies where two components are equally likely, to within that iteration.
    assert np.count_nonzero(tree.predict(X, n_clusters) != theirs) <= (n_clusters == 3)


def test_the_elbow_of_the_example_in_the_paper():
    theirs = R["example"]
    entropies = np.array(theirs["entropies"])
    assert 1 + elbow(np.arange(len(entropies), dtype=float), entropies) == theirs["chosen"]
