"""`gaussmix predict`: which component each row belongs to."""

import click

from gaussmix.cli import options
from gaussmix.cli.output import write_csv
from gaussmix.cli.request import TableRequest
from gaussmix.cli.verb import Verb


@click.command(cls=Verb, short_help="Tell which component each row belongs to.")
@options.model_argument()
@options.data_argument()
@options.columns_option("Columns that stand for the model's, in its order.  [default: by name]")
@options.bins_option()
@click.option(
    "--proba", is_flag=True, help="The posterior of every component, and of noise, instead."
)
@options.memory_option()
@options.table_out_option()
@options.quiet_option()
def predict(model: str, out: str, *, proba: bool, quiet: bool, **asked: object) -> None:
    """Write, for each row of DATA, the likeliest component of MODEL and its probability.

    DATA is a file, a folder, a quoted pattern such as 'data/*.parquet', or several of them. The
    result is CSV with the columns label and probability, in the order of the rows; with --proba a
    column for each component instead. The label of noise is -1. Missing values may stay.
    """
    from gaussmix.cli import models, using  # noqa: PLC0415  loads numpy
    from gaussmix.cli.gaps import Gaps  # noqa: PLC0415  as above

    request = TableRequest(**asked)  # type: ignore[arg-type]  # click has converted the values
    mixture, rows = using.open_both(model, request, quiet=quiet, for_components=True)
    gaps = Gaps()
    parts = gaps.watch(models.parts_of(rows))
    if proba:
        write_csv(out, models.posterior_names(mixture), models.posteriors(mixture, parts))
    else:
        write_csv(out, ["label", "probability"], models.memberships(mixture, parts))
    gaps.tell("their probabilities are the weights", quiet=quiet)
