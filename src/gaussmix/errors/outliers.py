"""Messages about outliers."""


def contamination_out_of_range(value: object) -> ValueError:
    """For a share of outliers that is none."""
    return ValueError(
        "Expected contamination to be 'auto' or the share of the rows that are outliers, above 0 "
        f"and at most 0.5, got {value!r}. For 5 % give contamination=0.05; where the share is not "
        "known, leave 'auto' and give p_value, how seldom an ordinary row may be called an outlier."
    )


def tail_out_of_range(value: object) -> ValueError:
    """For a tail probability that is none."""
    return ValueError(
        f"Expected p_value to be a probability between 0 and 1, both excluded, got {value!r}. With "
        "p_value=0.01 one ordinary row in a hundred is called an outlier."
    )


def two_thresholds(contamination: object, p_value: object) -> ValueError:
    """For a share of outliers and a tail probability at once."""
    return ValueError(
        f"contamination={contamination!r} and p_value={p_value!r} both set the threshold. Give "
        "contamination for a share of the training rows, or p_value with contamination='auto' for "
        "a probability under the fitted mixture."
    )


def outliers_need_rows(kind: str) -> ValueError:
    """For rows that are no array or table in memory."""
    return ValueError(
        "GaussianMixtureOutlierDetector takes rows in memory, as an array or a table, got "
        f"{kind}. Read the rows first, or fit a GaussianMixture, whose score_samples gives the log "
        "densities of rows that are read in parts."
    )
