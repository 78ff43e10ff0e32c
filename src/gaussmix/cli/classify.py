"""`gaussmix classify`: classes told from the other columns."""

from collections.abc import Mapping
from functools import partial

import click

from gaussmix.cli import options
from gaussmix.cli.request import JobRequest
from gaussmix.cli.verb import Verb


@click.command(cls=Verb, short_help="Tell the class of each row from those that are known.")
@options.data_argument()
@options.target_option("Column of the classes; empty where they are to be told.")
@options.train_option("Learn from these rows instead of those of DATA that have a class.")
@options.use_model_option("Classify by what --save wrote instead of learning.")
@options.save_option()
@options.columns_option(
    "Columns to tell classes from; may stand several times.  [default: all other of numbers]"
)
@click.option("--proba", is_flag=True, help="The probability of every class, a column for each.")
@click.option(
    "--reject",
    type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True),
    metavar="P",
    help="Leave the label empty for rows unlike any class: of rows like those learnt from, this "
    "share is rejected too.",
)
@click.option(
    "--priors",
    type=options.Priors(),
    metavar="equal|A=P,B=P",
    help="How frequent classes are where the answers are used: equal, or A=0.2,B=0.8.  "
    "[default: as in the rows learnt from]",
)
@click.option(
    "--kind",
    type=click.Choice(["auto", "edda", "mclustda"], case_sensitive=False),
    help="One Gaussian per class, with a shape for all (edda), or a mixture for each class "
    "(mclustda).  [default: auto, the better by BIC]",
)
@click.option(
    "--semi-supervised", is_flag=True, help="Rows without a class have a say in the densities too."
)
@options.components_option("1:5 per class")
@options.covariance_option("all")
@options.seed_option()
@options.table_out_option()
@options.quiet_option()
def classify(
    out: str,
    *,
    proba: bool,
    reject: float | None,
    priors: str | Mapping[str, float] | None,
    kind: str | None,
    semi_supervised: bool,
    quiet: bool,
    **asked: object,
) -> None:
    """Write, for each row of DATA, its likeliest class and how probable that is.

    DATA is a file, a folder, a quoted pattern such as 'data/*.parquet', or several of them. Rows
    whose class is known teach the density of each class; all rows are answered for, in their
    order. The result is CSV with the columns label and probability. Missing values may stay.
    """
    from gaussmix.cli import classifying  # noqa: PLC0415  loads numpy
    from gaussmix.cli.jobs import Task, answer  # noqa: PLC0415  as above

    request = JobRequest(**asked)  # type: ignore[arg-type]  # click has converted the values
    learning = {"kind": kind, "semi_supervised": semi_supervised}
    task = Task.of(request, learning, quiet=quiet)
    wishes = classifying.Wishes(reject, priors, kind or "auto", semi_supervised)
    classes = classifying.learnt(task, wishes)
    answer(partial(classes.write, out, proba=proba), classes.tell)
