"""Choosing the number and the shape of components."""

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
from gaussmix.selection.pairs import Cluster
from gaussmix.selection.search import Candidate, Grid, Search, best_of, ranked
from gaussmix.selection.stability import (
    Agreement,
    ClusterStability,
    agreement,
    resample,
    stability_of,
)
from gaussmix.selection.sweep import Patience, Sweep
from gaussmix.selection.validation import CrossValidation, Fold, shuffled_folds

__all__ = [
    "CRITERIA",
    "INFORMATION",
    "LEAST_GAIN",
    "MERGE_METHODS",
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
    "Patience",
    "Search",
    "Sweep",
    "agreement",
    "best_of",
    "gain_per_row",
    "is_hopeless",
    "loss",
    "merge_tree",
    "ranked",
    "resample",
    "shuffled_folds",
    "stability_of",
]
