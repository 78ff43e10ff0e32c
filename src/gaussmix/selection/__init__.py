"""Choosing the number and the shape of components."""

from gaussmix.selection.bootstrap_test import SequentialTest, Step
from gaussmix.selection.candidates import Candidate, best_of, ranked
from gaussmix.selection.criteria import (
    CRITERIA,
    INFORMATION,
    Criteria,
    HeldOut,
    is_hopeless,
    loss,
)
from gaussmix.selection.merging import (
    LEAST_GAIN,
    MERGE_METHODS,
    Merge,
    MergeTree,
    gain_per_row,
    merge_tree,
)
from gaussmix.selection.occupancy import n_occupied
from gaussmix.selection.pairs import Cluster
from gaussmix.selection.resampling import ParameterArrays
from gaussmix.selection.search import Grid, Search
from gaussmix.selection.stability import (
    Agreement,
    ClusterStability,
    agreement,
    resample,
    stability_of,
)
from gaussmix.selection.sweep import Patience, Sweep
from gaussmix.selection.uncertainty import JACKKNIFE_ROWS, Resampling, Uncertainty, uncertainty_of
from gaussmix.selection.uncertainty import METHODS as UNCERTAINTY_METHODS
from gaussmix.selection.validation import CrossValidation, Fold, shuffled_folds

__all__ = [
    "CRITERIA",
    "INFORMATION",
    "JACKKNIFE_ROWS",
    "LEAST_GAIN",
    "MERGE_METHODS",
    "UNCERTAINTY_METHODS",
    "Agreement",
    "Candidate",
    "Cluster",
    "ClusterStability",
    "Criteria",
    "CrossValidation",
    "Fold",
    "Grid",
    "HeldOut",
    "Merge",
    "MergeTree",
    "ParameterArrays",
    "Patience",
    "Resampling",
    "Search",
    "SequentialTest",
    "Step",
    "Sweep",
    "Uncertainty",
    "agreement",
    "best_of",
    "gain_per_row",
    "is_hopeless",
    "loss",
    "merge_tree",
    "n_occupied",
    "ranked",
    "resample",
    "shuffled_folds",
    "stability_of",
    "uncertainty_of",
]
