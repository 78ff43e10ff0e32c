"""`gaussmix fit`: choose and fit a mixture."""

import click

from gaussmix.cli import options
from gaussmix.cli.request import Request
from gaussmix.cli.verb import INTERRUPTED, NOT_CONVERGED, Verb


@click.command(cls=Verb, short_help="Choose and fit a mixture.")
@options.data_argument()
@options.columns_option("Columns to fit; may stand several times.  [default: all of numbers]")
@options.weight_option()
@options.bins_option()
@click.option(
    "--known-labels",
    metavar="COLUMN",
    help="Column of the component that each row is known to come from, 0 or more; empty or -1 "
    "where it is not known.",
)
@options.components_option("1:9")
@options.covariance_option("all")
@click.option(
    "--noise",
    is_flag=True,
    help="Add a noise component, uniform over the box around the rows, for those that belong to "
    "no cluster.",
)
@click.option(
    "--noise-volume",
    type=click.FloatRange(min=0.0, min_open=True),
    metavar="V",
    help="Spread the noise over this volume instead; implies --noise.",
)
@click.option(
    "--prior",
    type=click.Choice(["none", "default"], case_sensitive=False),
    default="none",
    show_default=True,
    help="Pull means and covariances towards those of all rows, as R's mclust does.",
)
@click.option("--equal-proportions", is_flag=True, help="Give all components the same proportion.")
@click.option(
    "--criterion",
    type=click.Choice(["bic", "aic", "aicc", "icl", "cv"], case_sensitive=False),
    default="bic",
    show_default=True,
    help="What chooses: lower is better; of cv, the log density of held-out rows, higher.",
)
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    metavar="N",
    help="Cut the rows into N parts and hold out each in turn; see --criterion cv.  "
    "[default: 5 for --criterion cv, else none]",
)
@click.option(
    "--group", metavar="COLUMN", help="Rows with the same value here are held out together."
)
@click.option(
    "--patience",
    type=click.IntRange(min=1),
    metavar="N",
    help="Give up a shape when it was worse than its best N times running.  [default: never]",
)
@options.seed_option()
@click.option(
    "--tol",
    type=click.FloatRange(min=0.0),
    metavar="X",
    default=1e-6,
    show_default=True,
    help="Stop when less than this is still to be gained, in nats per row.",
)
@click.option(
    "--max-iter",
    type=click.IntRange(min=1),
    metavar="N",
    default=2000,
    show_default=True,
    help="Largest number of iterations of one run.",
)
@options.memory_option()
@click.option("--out", metavar="MODEL", type=options.OutFile(), help="Save the model here.")
@click.option(
    "--table", type=options.OutFile(), help="Write all candidates with their criteria here, as CSV."
)
@click.option(
    "--labels", type=options.OutFile(), help="Write each row's label and probability here, as CSV."
)
@click.option(
    "--plot",
    type=options.OutFile(options.PICTURES),
    help="Draw the rows and the components here (.png, .svg, .pdf).",
)
@click.option(
    "--checkpoint",
    type=options.OutFile(),
    help="Keep the state of a long fit here; the same command goes on from it. For one number of "
    "components and one shape.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option("--strict", is_flag=True, help="Exit with status 3 where the fit did not converge.")
@options.quiet_option()
@click.pass_context
def fit(
    ctx: click.Context, /, *, as_json: bool, strict: bool, quiet: bool, **asked: object
) -> None:
    """Fit a Gaussian mixture to the rows of DATA.

    DATA is a file, a folder, a quoted pattern such as 'data/*.parquet', or several of them.
    Missing values (empty fields, NA, null) may stay: rows count with what they have.

    Every combination of the numbers of components and the covariance shapes is fitted, and the
    one of best criterion wins; a degenerate one never does.
    """
    from gaussmix.cli import fitting, report  # noqa: PLC0415  loads numpy

    request = Request(**asked)  # type: ignore[arg-type]  # click has converted the values
    fitting.check(request)
    result = fitting.run(request, quiet=quiet)
    fitting.write_files(request, result, quiet=quiet)
    click.echo(report.as_json(request, result) if as_json else report.as_text(request, result))
    if result.interrupted:
        ctx.exit(INTERRUPTED)
    if strict and not result.estimator.converged_:
        ctx.exit(NOT_CONVERGED)
