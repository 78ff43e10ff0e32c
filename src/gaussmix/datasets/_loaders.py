"""One loader per shipped table."""

from gaussmix.datasets._table import Table, read_table


def load_naples_crabs() -> Table:
    """Foreheads of 1000 shore crabs of Naples, in 29 bins: the first mixture ever fitted.

    Returns
    -------
    Table
        29 rows. ``lower`` and ``upper``: ends of the bin, as a ratio of forehead breadth to body
        length (no unit); ``count``: crabs in the bin, 1000 in all.

    Notes
    -----
    W. F. R. Weldon measured the crabs. K. Pearson, "Contributions to the mathematical theory of
    evolution", Philosophical Transactions of the Royal Society of London A 185 (1894), 71-110,
    explained the skew of their distribution by two normal components. Facts of a published table
    of 1894: free to use.

    Examples
    --------
    >>> from gaussmix.datasets import load_naples_crabs
    >>> table = load_naples_crabs()
    >>> X, weight = table.to_numpy(["upper"]), table["count"]
    >>> X.shape, float(weight.sum())
    ((29, 1), 1000.0)
    """
    return read_table(
        "naples_crabs",
        "Weldon's measurements in Pearson, Phil. Trans. R. Soc. Lond. A 185 (1894); "
        "published facts",
    )


def load_old_faithful() -> Table:
    """Eruptions of the geyser Old Faithful: how long, and how long the wait for the next one.

    Returns
    -------
    Table
        272 rows. ``eruptions``: length of the eruption, minutes; ``waiting``: time to the next
        eruption, minutes.

    Notes
    -----
    A. Azzalini and A. W. Bowman, "A look at some data on the Old Faithful geyser", Applied
    Statistics 39 (1990), 357-365; the version of R's ``datasets::faithful``. Published facts: free
    to use.

    Examples
    --------
    >>> from gaussmix.datasets import load_old_faithful
    >>> load_old_faithful().to_numpy().shape
    (272, 2)
    """
    return read_table(
        "old_faithful",
        "Azzalini and Bowman, Applied Statistics 39 (1990), as in R's datasets; published facts",
    )


def load_penguins() -> Table:
    """Measurements of penguins of three species near Palmer Station, Antarctica, with gaps.

    Returns
    -------
    Table
        344 rows. Numbers: ``bill_length_mm``, ``bill_depth_mm``, ``flipper_length_mm``
        (millimetres), ``body_mass_g`` (grams), ``year`` (2007 to 2009). Words: ``species`` (Adelie,
        Chinstrap, Gentoo), ``island`` (Biscoe, Dream, Torgersen), ``sex`` (female, male). Two
        birds lack all four measurements (NaN), eleven lack the sex (None).

    Notes
    -----
    K. B. Gorman, T. D. Williams and W. R. Fraser, "Ecological sexual dimorphism and environmental
    variability within a community of Antarctic penguins (genus Pygoscelis)", PLoS ONE 9 (2014),
    e90081; table by A. M. Horst, A. P. Hill and K. B. Gorman, palmerpenguins, commit 8957207.
    Licence: CC0.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.datasets import load_penguins
    >>> X = load_penguins().to_numpy(["bill_length_mm", "flipper_length_mm"])
    >>> X.shape, int(np.isnan(X).any(axis=1).sum())
    ((344, 2), 2)
    """
    return read_table(
        "penguins",
        "Gorman, Williams and Fraser, PLoS ONE 9 (2014), from palmerpenguins at 8957207; CC0",
        text=frozenset({"species", "island", "sex"}),
    )


def load_cyclists() -> Table:
    """Speeds of 31 cyclists as a frequency table: the smallest table with weights.

    Returns
    -------
    Table
        6 rows. ``speed_kmh``: speed, kilometres per hour; ``count``: cyclists at that speed, 31 in
        all.

    Notes
    -----
    A teaching example without a published source: use it to try weights, not to learn of
    cyclists. Free to use.

    Examples
    --------
    >>> from gaussmix.datasets import load_cyclists
    >>> load_cyclists()["count"]
    array([4., 9., 6., 7., 3., 2.])
    """
    return read_table("cyclists", "a teaching example without a published source; free to use")
