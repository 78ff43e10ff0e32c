"""A fit of two starts with a checkpoint, in a process of its own.

Arguments: the checkpoint, "-" for none; the file for the result; at which iteration of the
second start to wait for the end, 0 for never.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource, survey
from gaussmix.em import (
    Checkpoint,
    Effort,
    Identity,
    Iteration,
    Outcome,
    Problem,
    fit_best,
    from_sketch,
    kept,
)
from gaussmix.execution import Team
from gaussmix.initialization import PROPOSALS, draw_sketch
from gaussmix.persistence import pack

MAX_ITER = 200


def problem() -> Problem:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3_000, 3)) + 2.0 * rng.integers(0, 2, size=(3_000, 1))
    rows[::97] += 60.0
    source = ArraySource(rows)
    return Problem(source, survey(source, Team()), FAMILIES["VVV"], 4, 1e-6)


def bits(outcome: Outcome) -> bytes:
    """Everything about an outcome, as bytes; of the ends that were not best how high they are."""
    outcome = replace(outcome, others=tuple(fit.objective for fit in outcome.others))  # type: ignore[arg-type]
    arrays, metadata = pack(outcome)
    content = [f"{name}: ".encode() + arrays[name].tobytes() for name in sorted(arrays)]
    return b"\n".join([*content, repr(metadata).encode()])


def main(checkpoint: str, result: str, wait_at: str) -> None:
    rows, team = problem(), Team()
    sketch = draw_sketch(rows.source, rows.survey, np.random.default_rng(0))
    starts = [from_sketch(rows, sketch, PROPOSALS["random_from_data"])] * 2

    def wait(iteration: Iteration) -> None:
        if (iteration.start, iteration.number) == (1, int(wait_at)):
            time.sleep(600.0)

    place = None if checkpoint == "-" else Checkpoint(checkpoint, every=0.0)
    identity = Identity.of(rows, {"n_components": 4})
    # A fit that goes on ignores the seed it is given.
    seed = [int(wait_at)] if Path(checkpoint).exists() else [7]
    with kept(place, identity, seed, team) as ledger:
        seed = seed if ledger is None else ledger.seed
        effort = Effort(0.0, MAX_ITER, callback=wait, ledger=ledger)
        outcome = fit_best(rows, starts, seed, effort, team)
    Path(result).write_bytes(bits(outcome))


if __name__ == "__main__":
    main(*sys.argv[1:])
