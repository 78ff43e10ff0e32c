"""What `verbose` prints."""

import sys
from collections.abc import Callable

from gaussmix.em import Iteration


def printer(verbose: int, interval: int) -> Callable[[Iteration], None] | None:
    """A callback that writes a line to stdout every `interval` iterations; None for quiet."""
    if not verbose:
        return None

    def write(iteration: Iteration) -> None:
        if iteration.number % interval:
            return
        line = f"  Iteration {iteration.number}"
        if verbose > 1:
            line += f"\t objective {iteration.objective:.6f}\t gain {iteration.gain:.3g}"
        sys.stdout.write(line + "\n")

    return write
