"""The command and its verbs."""

import click

from gaussmix._version import __version__
from gaussmix.cli.classify import classify
from gaussmix.cli.demo import demo
from gaussmix.cli.fit import fit
from gaussmix.cli.impute import impute
from gaussmix.cli.outliers import outliers
from gaussmix.cli.predict import predict
from gaussmix.cli.regress import regress
from gaussmix.cli.sample import sample
from gaussmix.cli.score import score

_EPILOG = """\b
Start here:
  gaussmix demo                                    the first mixture ever fitted, of 1894
  gaussmix fit data.csv --out model.gaussmix       choose and fit a mixture
  gaussmix predict model.gaussmix data.csv         which component each row belongs to
  gaussmix impute data.csv --out full.csv          fill the gaps of a table
  gaussmix outliers data.csv --only --explain      the rows unlike the others, and why

\b
Exit status:
  0 done, 1 failed, 2 wrong usage, 3 not converged (fit --strict), 130 interrupted"""


class _InOrder(click.Group):
    """A group that lists its verbs in the order they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(self.commands)


@click.group(cls=_InOrder, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="gaussmix %(version)s")
def app() -> None:
    """Fit Gaussian mixtures to tables and use them.

    Tables are CSV, Parquet or Arrow files, told apart by content; "-" is standard input.
    Results go to standard output, messages and progress to standard error.
    """


for _verb in (fit, predict, score, sample, impute, outliers, classify, regress, demo):
    app.add_command(_verb)
