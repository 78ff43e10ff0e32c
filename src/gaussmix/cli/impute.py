"""`gaussmix impute`: the table with its gaps filled."""

from functools import partial

import click

from gaussmix.cli import options
from gaussmix.cli.request import JobRequest
from gaussmix.cli.verb import Verb


@click.command(cls=Verb, short_help="Fill the gaps of a table.")
@options.data_argument()
@options.train_option("Learn from these rows instead of DATA.")
@options.use_model_option("Fill by this model (of --save, or of `fit --out`) instead of learning.")
@options.save_option()
@options.columns_option(
    "Columns to learn and fill; may stand several times.  [default: all of numbers]"
)
@click.option(
    "--strategy",
    type=click.Choice(["mean", "mode", "draw"], case_sensitive=False),
    help="What to fill in: what is expected, what is likeliest, or a random draw.  [default: mean]",
)
@click.option(
    "--draws",
    type=click.IntRange(min=1),
    metavar="M",
    help="Write M tables under each other, each with draws of its own; column draw counts them.",
)
@options.level_option("--intervals", "Add columns with the ends of intervals that hold this share.")
@options.components_option("1:9")
@options.covariance_option("full,VEE,tied")
@options.seed_option()
@options.table_out_option()
@options.quiet_option()
def impute(
    out: str,
    *,
    strategy: str | None,
    draws: int | None,
    intervals: float | None,
    quiet: bool,
    **asked: object,
) -> None:
    """Write DATA with its gaps filled, by what the rest of each row says of them.

    DATA is a file, a folder, a quoted pattern such as 'data/*.parquet', or several of them. The
    result is the whole table as CSV: all columns and rows in their order, and every field that
    holds something as it was. Empty fields of columns of numbers are filled; text is left alone.
    """
    from gaussmix.cli import imputing  # noqa: PLC0415  loads numpy
    from gaussmix.cli.jobs import Task, answer  # noqa: PLC0415  as above

    imputing.check(strategy, draws)
    task = Task.of(JobRequest(**asked), {}, quiet=quiet)  # type: ignore[arg-type]  # click has converted the values
    filling = imputing.learnt(task, strategy)
    answer(partial(filling.write, out, draws, intervals), filling.tell)
