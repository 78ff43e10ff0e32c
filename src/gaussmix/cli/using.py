"""A model and the rows that it is asked about."""

import click

from gaussmix import errors
from gaussmix.cli.models import read_model
from gaussmix.cli.reading import rows_for_model
from gaussmix.cli.request import TableRequest
from gaussmix.cli.rows import Rows
from gaussmix.cli.say import note
from gaussmix.mixture import Mixture


def open_both(
    model: str, request: TableRequest, *, quiet: bool, for_components: bool = False
) -> tuple[Mixture, Rows]:
    """The distribution in a model file and the rows asked for; tells how they are read.

    See `read_model` for `for_components`.
    """
    if request.bins is not None and request.columns:
        raise click.UsageError(errors.bins_and_columns())
    mixture = read_model(model, for_components=for_components)
    rows = rows_for_model(mixture, request)
    for words in rows.notes:
        note(words, quiet=quiet)
    return mixture, rows
