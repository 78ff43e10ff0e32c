"""`gaussmix score`: how well a mixture describes a table."""

import click

from gaussmix.cli.options import columns_option, data_argument, model_argument, weight_option
from gaussmix.cli.output import strict_json, write_csv
from gaussmix.cli.verb import Verb


@click.command(cls=Verb, short_help="Tell how well a mixture describes a table.")
@model_argument()
@data_argument()
@columns_option("Columns that stand for the model's, in its order.  [default: by name]")
@weight_option()
@click.option("--per-row", is_flag=True, help="The log density of each row, as CSV.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def score(
    model: str,
    data: str,
    columns: tuple[str, ...],
    weight: str | None,
    *,
    per_row: bool,
    as_json: bool,
) -> None:
    """Print the mean log density of DATA under MODEL, in nats per row; higher is better."""
    from gaussmix.cli import models, scoring  # noqa: PLC0415  loads numpy
    from gaussmix.cli.rows import rows_for_model  # noqa: PLC0415  as above

    if per_row and (as_json or weight is not None):
        raise click.UsageError("--per-row goes neither with --json nor with --weight.")
    mixture = models.read_model(model)
    rows = rows_for_model(mixture, data, columns, weight)
    log_densities = scoring.log_densities(mixture, rows.X)
    if per_row:
        write_csv("-", ["log_density"], ([part] for part in log_densities))
        return
    answer = scoring.totals(log_densities, rows.weight)
    click.echo(strict_json(answer) if as_json else scoring.in_words(answer))
