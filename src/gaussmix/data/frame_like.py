"""Answers that are tables, in the data-frame library that the caller uses."""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw


def frame_like(columns: Mapping[str, Sequence[object]], like: object) -> Any:
    """A table of these columns, of the kind that another one has.

    Parameters
    ----------
    columns : mapping of str to sequence
        Columns of one length.
    like : object
        A pandas, polars or pyarrow table; anything else stands for pandas.

    Returns
    -------
    table
        A plain dict of lists where pandas would be needed and is not installed.
    """
    frame = nw.from_native(like, eager_only=True, pass_through=True)
    own = {name: list(values) for name, values in columns.items()}
    backend = frame.implementation if isinstance(frame, nw.DataFrame) else nw.Implementation.PANDAS
    try:
        return nw.from_dict(own, backend=backend).to_native()
    except ModuleNotFoundError:
        return own
