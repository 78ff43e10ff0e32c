"""`gaussmix sample`: random rows from a mixture."""

import click

from gaussmix.cli.options import model_argument, table_out_option
from gaussmix.cli.output import write_csv
from gaussmix.cli.verb import Verb


@click.command(cls=Verb, short_help="Draw random rows from a mixture.")
@model_argument()
@click.option(
    "-n",
    "--rows",
    "n_rows",
    type=click.IntRange(min=1),
    metavar="N",
    default=100,
    show_default=True,
    help="Number of rows.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), metavar="N", help="The same seed gives the same rows."
)
@table_out_option()
def sample(model: str, n_rows: int, seed: int | None, out: str) -> None:
    """Draw random rows from MODEL and write them as CSV."""
    from gaussmix.cli import models  # noqa: PLC0415  loads numpy

    mixture = models.read_model(model)
    X, _ = mixture.sample(n_rows, seed)
    write_csv(out, models.column_names(mixture), (list(part.T) for part in models.in_parts(X)))
