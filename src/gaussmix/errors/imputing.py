"""Messages about filling gaps."""

from collections.abc import Sequence

from gaussmix.errors.words import counted, listed


def columns_without_values(labels: Sequence[object]) -> str:
    """Warning about columns that no row of a fit has a value in."""
    return (
        f"Skipping features without any observed values: {[*labels]}. At least one non-missing "
        "value in a row of weight above 0 is needed to fill a column's gaps, so the filled table "
        "is without them. Drop them before the fit, or set keep_empty_features=True, which keeps "
        "them with zeros for their gaps."
    )


def gaps_need_rows(kind: str) -> ValueError:
    """For rows that are not in memory, or no points."""
    return ValueError(
        "GaussianMixtureImputer fills the gaps of an array or a data frame in memory, got a "
        f"{kind}. Read the rows first, a part at a time where they are many: transform takes any "
        "rows."
    )


def table_without_values(n_rows: int, n_features: int) -> ValueError:
    """For a fit to gaps only."""
    return ValueError(
        f"Expected a table with some values, but all {n_rows} x {n_features} cells are missing "
        "(or their rows have weight 0). Gaps are filled by what other cells tell."
    )


def too_few_cells_to_hide(n_cells: int, n_needed: int) -> str:
    """Warning about a table that is too small to hide cells of again."""
    return (
        f"Only {counted(n_cells, 'cell')} can be hidden again, and {n_needed} are needed to see "
        "how well gaps are filled. So a choice falls on the first candidate, and standard "
        "deviations and intervals are the mixture's own, which are too narrow for small tables. "
        "Fit more rows."
    )


def several_reg_covar(asked: Sequence[object]) -> ValueError:
    """For strengths of the penalty that are none."""
    return ValueError(
        "The 'reg_covar' parameter of GaussianMixtureImputer must be None, a float in the range "
        f"[0.0, inf) or some of these. Got {listed(asked)} instead. None tries 0.001 to 0.1."
    )


def all_candidates_failed(reasons: Sequence[str]) -> ValueError:
    """For a choice in which no candidate could be fitted."""
    return ValueError(
        "No mixture could be fitted to choose from. " + " ".join(dict.fromkeys(reasons))
    )


def too_few_tables(n_tables: int) -> ValueError:
    """For a pool of less than two estimates."""
    return ValueError(
        f"Expected estimates from at least 2 filled tables, got {n_tables}: with one nothing tells "
        "how much they differ. Ask impute_many for more tables."
    )


def wrong_variances(estimates: tuple[int, ...], variances: tuple[int, ...]) -> ValueError:
    """For variances of another shape than their estimates."""
    return ValueError(
        f"Expected a variance for each estimate, of shape {estimates}, got an array of shape "
        f"{variances}. Give squared standard errors, one set for each filled table."
    )


def unusable_variances(smallest: float) -> ValueError:
    """For variances below zero, or estimates that are not finite."""
    return ValueError(
        "Expected finite estimates and finite variances of 0 or more, got a smallest variance of "
        f"{smallest}. Give squared standard errors."
    )
