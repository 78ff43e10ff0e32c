"""Messages about data and arguments that cannot be used as they are."""


def squares_overflow(column: int) -> ValueError:
    """For values whose squares leave float64."""
    return ValueError(
        f"The squares of the values in column {column} overflow float64. Divide the column by "
        "a constant (its largest absolute value, say) and fit again."
    )
