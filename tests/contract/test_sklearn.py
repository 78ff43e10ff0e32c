"""The contract with scikit-learn: its checks of estimators, and its own mixture tests."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from gaussmix import (
    BayesianGaussianMixture,
    GaussianMixture,
    GaussianMixtureOutlierDetector,
    GaussianMixtureSearch,
)

ROOT = Path(__file__).parents[2]


# The checks fit tiny tables, of which the library rightly says that they are too small.
@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
@pytest.mark.filterwarnings("ignore::gaussmix.errors.DegenerateFitWarning")
@pytest.mark.filterwarnings("ignore::gaussmix.errors.DataWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")
@parametrize_with_checks(
    [
        GaussianMixture(),
        GaussianMixture(2, covariance_type="tied_diag", init_params="auto", max_iter=20),
        GaussianMixture(2, noise_component=True, max_iter=20),
        GaussianMixture(2, component="student_t", max_iter=20),
        BayesianGaussianMixture(),
        BayesianGaussianMixture(2, covariance_type="tied_spherical", prior="scaled", moves=False),
        GaussianMixtureSearch(range(1, 3), covariance_types=["full", "diag"]),
        GaussianMixtureOutlierDetector(range(1, 3), covariance_types=["full", "diag"]),
        GaussianMixtureOutlierDetector(2, covariance_types="tied", contamination=0.1),
    ]
)
def test_estimator_checks(estimator, check):
    check(estimator)


def test_scikit_learns_own_tests_differ_only_where_documented():
    script = Path(__file__).with_name("run_sklearn_tests.py")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_every_departure_has_its_reason_in_the_guide():
    script = Path(__file__).with_name("run_sklearn_tests.py").read_text()
    listed = re.search(r"DEPARTURES = \{(.*?)\}", script, re.DOTALL)
    assert listed is not None
    guide = (ROOT / "docs" / "migrating-from-scikit-learn.md").read_text()
    names = re.findall(r'"test_\w+\.py::(test_\w+)"', listed.group(1))
    assert 0 < len(names) <= 8
    for name in names:
        assert f"`{name}`" in guide
