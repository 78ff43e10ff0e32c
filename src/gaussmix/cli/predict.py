"""`gaussmix predict`: which component each row belongs to."""

import click

from gaussmix.cli.options import columns_option, data_argument, model_argument, table_out_option
from gaussmix.cli.output import write_csv
from gaussmix.cli.verb import Verb


@click.command(cls=Verb, short_help="Tell which component each row belongs to.")
@model_argument()
@data_argument()
@columns_option("Columns that stand for the model's, in its order.  [default: by name]")
@click.option("--proba", is_flag=True, help="The posterior of every component instead.")
@table_out_option()
def predict(model: str, data: str, columns: tuple[str, ...], out: str, *, proba: bool) -> None:
    """Write, for each row of DATA, the likeliest component of MODEL and its probability.

    The result is CSV with the columns label and probability, in the order of the rows; with
    --proba a column for each component instead.
    """
    from gaussmix.cli import models  # noqa: PLC0415  loads numpy
    from gaussmix.cli.rows import rows_for_model  # noqa: PLC0415  as above

    mixture = models.read_model(model)
    rows = rows_for_model(mixture, data, columns)
    if proba:
        names = [f"component_{k}" for k in range(mixture.n_components)]
        write_csv(out, names, models.posteriors(mixture, rows.X))
    else:
        write_csv(out, ["label", "probability"], models.memberships(mixture, rows.X))
