"""`gaussmix sample`: random rows from a mixture."""

import click

from gaussmix.cli import options
from gaussmix.cli.verb import Verb


@click.command(cls=Verb, short_help="Draw random rows from a mixture.")
@options.model_argument()
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
    "--like",
    metavar="TABLE",
    help="Give the rows the names, types, ranges and roundings of this table, and copy none of "
    "its rows.",
)
@click.option("--gaps", is_flag=True, help="With --like: leave as many values out as it does.")
@click.option(
    "--given",
    type=options.Given(),
    multiple=True,
    help="Draw the other columns for this value of one; may stand several times.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), metavar="N", help="The same seed gives the same rows."
)
@options.table_out_option()
@options.quiet_option()
def sample(
    model: str,
    out: str,
    *,
    like: str | None,
    given: tuple[tuple[str, float], ...],
    gaps: bool,
    quiet: bool,
    **asked: object,
) -> None:
    """Draw random rows from MODEL and write them as CSV."""
    from gaussmix.cli import drawing, models  # noqa: PLC0415  loads numpy

    drawing.check(like, gaps=gaps)
    known = drawing.known_values(given)
    mixture = drawing.named(models.read_model(model))
    draws = drawing.Draws(mixture=mixture, known=known, **asked)  # type: ignore[arg-type]  # click has converted the values
    if like is None:
        draws.write(out)
    else:
        draws.write_like(out, like, gaps=gaps, quiet=quiet)
