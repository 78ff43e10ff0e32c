"""Clocks: interleaved runs, the machine's matrix-product rate, and what the machine is."""

import gc
import os
import platform
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

_PACKAGES = ("gaussmix", "numpy", "scipy", "scikit-learn", "scikit-learn-intelex")


@dataclass(frozen=True)
class Task:
    """Something to be timed.

    Attributes
    ----------
    run : callable
        Takes the number of the round; its answer is kept.
    blas_threads : int or None
        What BLAS is held to meanwhile, outside of the clock.
    """

    run: Callable[[int], Any]
    blas_threads: int | None = None


@dataclass(frozen=True)
class Runs:
    """Wall times in seconds and answers of one task, round by round."""

    seconds: list[float] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Median wall time in seconds."""
        return median(self.seconds)


_PAUSE = 0.2


def interleaved(tasks: Mapping[str, Task], repeat: int) -> dict[str, Runs]:
    """Every task once per round, each round begun by another, so that all share the weather."""
    controller = ThreadpoolController()
    runs = {name: Runs() for name in tasks}
    names = list(tasks)
    for number in range(repeat):
        first = number % max(1, len(names))
        for name in names[first:] + names[:first]:
            _add(runs[name], tasks[name], number, controller)
    return runs


def _add(runs: Runs, task: Task, number: int, controller: ThreadpoolController) -> None:
    limited = (
        nullcontext()
        if task.blas_threads is None
        else controller.limit(limits=task.blas_threads, user_api="blas")
    )
    gc.collect()
    # Thread pools of the task before wait for more work with busy cores at first.
    time.sleep(_PAUSE)
    with limited:
        begin = time.perf_counter()
        answer = task.run(number)
        runs.seconds.append(time.perf_counter() - begin)
    runs.answers.append(answer)


def product_rate(blas_threads: int, size: int = 2048, repeat: int = 7) -> float:
    """Best rate of a square float64 matrix product, in GFLOP/s."""
    left, right = np.random.default_rng(0).standard_normal((2, size, size))
    out = np.empty((size, size))
    task = Task(lambda _: np.matmul(left, right, out=out) is None, blas_threads)
    seconds = interleaved({"product": task}, repeat)["product"].seconds
    return 2e-9 * size**3 / min(seconds)


def machine() -> dict[str, str]:
    """What the figures depend on, besides the programs measured."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: _version(name) for name in _PACKAGES},
    }


def load_before() -> float:
    """Processes that kept the machine busy over the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
