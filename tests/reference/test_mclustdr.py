"""Directions against mclust's MclustDR, which takes the covariance of the rows."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

from gaussmix import GaussianMixture

R = json.loads(Path(__file__).with_name("mclustdr.json").read_text())
X = load_iris().data


@pytest.mark.parametrize("theirs", R["runs"], ids=lambda run: f"lambda={run['lambda']}")
def test_directions_of_iris(theirs):
    given = theirs["parameters"]
    gm = GaussianMixture.from_parameters(
        np.array(given["pro"]) / sum(given["pro"]), given["mean"], given["sigma"]
    )
    found = gm.projection(mean_share=theirs["lambda"], X=X)
    assert found.n_directions == theirs["numdir"]
    np.testing.assert_allclose(
        found.eigenvalues, theirs["eigenvalues"][: found.n_directions], rtol=1e-9
    )
    basis = np.array(theirs["basis"])
    signs = np.sign((found.basis * basis).sum(axis=0))
    np.testing.assert_allclose(found.basis * signs, basis, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(
        found.transform(X[:10]) * signs, theirs["first10_dir"], rtol=1e-8, atol=1e-9
    )
