"""`gaussmix regress`: numbers predicted from the other columns."""

from functools import partial

import click

from gaussmix.cli import options
from gaussmix.cli.request import JobRequest
from gaussmix.cli.verb import Verb


@click.command(cls=Verb, short_help="Predict numbers from the other columns.")
@options.data_argument()
@options.target_option("Column to predict; several with commas.")
@options.train_option("Learn from these rows instead of those of DATA that have the target.")
@options.use_model_option("Predict by this model (of --save, or of `fit --out`).")
@options.save_option()
@options.columns_option(
    "Columns to predict from; may stand several times.  [default: all other of numbers]"
)
@options.level_option(
    "--level", "The share of rows whose target is to lie from lower to upper.", 0.9
)
@click.option("--quantiles", type=options.Probabilities(), help="Write these quantiles as well.")
@options.components_option("1:9")
@options.covariance_option("full,tied,diag")
@options.seed_option()
@options.table_out_option()
@options.quiet_option()
def regress(
    out: str,
    *,
    level: float,
    quantiles: tuple[float, ...] | None,
    quiet: bool,
    **asked: object,
) -> None:
    """Write, for each row of DATA, what its other columns say of a target.

    DATA is a file, a folder, a quoted pattern such as 'data/*.parquet', or several of them. What
    is learnt is the distribution of all the columns together; rows that have the target teach,
    and all rows are answered for. The result is CSV with the columns prediction (the mean), std,
    lower and upper; of several targets each begins with the target's name. Missing values may
    stay.
    """
    from gaussmix.cli import regressing  # noqa: PLC0415  loads numpy
    from gaussmix.cli.jobs import Task, answer  # noqa: PLC0415  as above

    task = Task.of(JobRequest(**asked), {}, quiet=quiet)  # type: ignore[arg-type]  # click has converted the values
    regression = regressing.learnt(task)
    write = partial(regression.write, out, level, quantiles or ())
    answer(write, partial(regression.tell, level))
