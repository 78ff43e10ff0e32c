"""`gaussmix outliers`: which rows are unlike the others."""

from functools import partial

import click

from gaussmix.cli import options
from gaussmix.cli.request import JobRequest
from gaussmix.cli.verb import Verb


@click.command(cls=Verb, short_help="Find the rows that are unlike the others.")
@options.data_argument()
@options.train_option("Learn what is ordinary from these rows instead of DATA.")
@options.use_model_option("Judge by this model (of --save, or of `fit --out`) instead of learning.")
@options.save_option()
@options.columns_option("Columns to look at; may stand several times.  [default: all of numbers]")
@click.option(
    "--p-value",
    type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True),
    metavar="X",
    help="A row is an outlier where an ordinary one is as unlikely less often than this.  "
    "[default: 0.01]",
)
@click.option(
    "--contamination",
    type=click.FloatRange(0.0, 0.5, min_open=True),
    metavar="X",
    help="Take this share of the rows learnt from as outliers instead, the least likely ones.",
)
@click.option(
    "--component",
    type=click.Choice(["gaussian", "student_t"], case_sensitive=False),
    help="student_t has wide tails, so that outliers hardly move the fit, and fewer rows are "
    "outliers.  [default: gaussian]",
)
@click.option("--explain", is_flag=True, help="Tell which value of each row is furthest off.")
@click.option("--only", is_flag=True, help="Outliers alone, each with its line in the file.")
@options.components_option("1:4")
@options.covariance_option("full,tied,diag")
@options.seed_option()
@options.table_out_option()
@options.quiet_option()
def outliers(
    out: str,
    *,
    p_value: float | None,
    contamination: float | None,
    component: str | None,
    explain: bool,
    only: bool,
    quiet: bool,
    **asked: object,
) -> None:
    """Write, for each row of DATA, whether it is an outlier, and how unlikely it is.

    DATA is a file, a folder, a quoted pattern such as 'data/*.parquet', or several of them. A
    mixture is fitted to its rows, and those of low density under it are outliers. The result is
    CSV with the columns outlier (1 or 0), log_density, and p_value: how often an ordinary row is
    as unlikely. Missing values may stay.
    """
    from gaussmix.cli import finding  # noqa: PLC0415  loads numpy
    from gaussmix.cli.jobs import Task, answer  # noqa: PLC0415  as above

    finding.check(p_value, contamination)
    request = JobRequest(**asked)  # type: ignore[arg-type]  # click has converted the values
    learning = {"contamination": contamination, "component": component}
    task = Task.of(request, learning, quiet=quiet)
    found = finding.find(task, p_value, contamination, component or "gaussian")
    write = partial(found.write, out, explain=explain, only=only)
    answer(write, partial(found.tell, is_shown=only or explain))
