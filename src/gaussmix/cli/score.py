"""`gaussmix score`: how well a mixture describes a table."""

import click

from gaussmix.cli import options
from gaussmix.cli.output import strict_json, write_csv
from gaussmix.cli.request import TableRequest
from gaussmix.cli.verb import Verb


@click.command(cls=Verb, short_help="Tell how well a mixture describes a table.")
@options.model_argument()
@options.data_argument()
@options.columns_option("Columns that stand for the model's, in its order.  [default: by name]")
@options.weight_option()
@options.bins_option()
@click.option("--per-row", is_flag=True, help="The log density of each row, as CSV.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@options.memory_option()
@options.quiet_option()
def score(model: str, *, per_row: bool, as_json: bool, quiet: bool, **asked: object) -> None:
    """Print the mean log density of DATA under MODEL, in nats per row; higher is better.

    DATA is a file, a folder, a quoted pattern such as 'data/*.parquet', or several of them. A row
    with gaps has the density of the values that it has, a bin the logarithm of its probability.
    """
    from gaussmix.cli import models, scoring, using  # noqa: PLC0415  loads numpy
    from gaussmix.cli.gaps import Gaps  # noqa: PLC0415  as above

    request = TableRequest(**asked)  # type: ignore[arg-type]  # click has converted the values
    if per_row and (as_json or request.weight is not None):
        raise click.UsageError("--per-row goes neither with --json nor with --weight.")
    mixture, rows = using.open_both(model, request, quiet=quiet)
    gaps = Gaps()
    parts = gaps.watch(models.parts_of(rows))
    if per_row:
        log_densities = models.log_densities(mixture, parts)
        write_csv("-", ["log_density"], ([values] for values, _ in log_densities))
    else:
        answer = scoring.totals(mixture, parts, rows, request)
        click.echo(strict_json(answer) if as_json else scoring.in_words(answer))
    gaps.tell("their log density is 0", quiet=quiet)
