"""`gaussmix demo`: the first mixture ever fitted."""

import click

from gaussmix.cli.verb import Verb


@click.command(cls=Verb, short_help="Fit the first mixture ever fitted (1894).")
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(file_okay=False),
    default="gaussmix-demo",
    show_default=True,
    help="Where the files go.",
)
def demo(out: str) -> None:
    """Fit the crabs of Naples (Pearson 1894) and leave the model, labels and a picture."""
    from gaussmix.cli.naples import tell  # noqa: PLC0415  loads numpy

    click.echo(tell(out))
