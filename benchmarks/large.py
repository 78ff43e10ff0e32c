"""Peak memory of a large table: 1M rows of 8 columns, 50 components."""

from typing import Any

from memory import Case, peak_megabytes, saved
from rivals import OURS, SKLEARN
from tables import Cell, text_table
from workloads import SEED, overlapping_clusters, start_of

#: MB that are allowed.
_AT_MOST = 100.0
_N_FEATURES, _N_COMPONENTS = 8, 50
_ACTIONS = {
    "fit": "fit, given start, 3 iterations",
    "fit_own": "fit, default start, 3 iterations",
    "score": "score",
    "predict": "predict",
}


def memory(*, quick: bool, sklearn: bool) -> tuple[str, dict[str, Any]]:
    """Peak memory beyond data and model; scikit-learn's on request, for it needs 2.5 GB."""
    n_rows = 100_000 if quick else 1_000_000
    rows = overlapping_clusters(_N_FEATURES, _N_COMPONENTS).draw(n_rows, SEED)
    names = [OURS, SKLEARN] if sklearn else [OURS]
    start = start_of(rows, _N_COMPONENTS, "full")
    with saved(rows, start) as folder:
        del rows
        peaks = {
            action: {
                name: peak_megabytes(Case(name, action, folder, _N_COMPONENTS)) for name in names
            }
            for action in _ACTIONS
        }
    header = [f"{n_rows:,} x 8, K=50", *(f"{name} MB" for name in names), "at most", "kept"]
    table: list[list[Cell]] = [
        [title, *peaks[action].values(), _AT_MOST, peaks[action][OURS] <= _AT_MOST]
        for action, title in _ACTIONS.items()
    ]
    return text_table(header, table), {"megabytes": peaks, "n_rows": n_rows}
