"""Peak memory beyond data and model, measured in a fresh process per case.

The process loads the rows from a file, notes its resident memory, works, and looks at the highest
resident memory it ever had. What it did before was small, so the difference is the work's own;
where the highest came before the work, the difference is an upper bound.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rivals import OURS, SKLEARN, assemble, ours, unfinished, with_parameters
from sklearn.mixture import GaussianMixture as SklearnMixture
from workloads import Array, Start, overlapping_clusters, start_of


@dataclass(frozen=True)
class Case:
    """Whose memory is measured, at what.

    Attributes
    ----------
    rival : str
    action : str
        "fit" from the common start, "fit_own" from the rival's own default start, or a
        method: "score", "predict", ...
    folder : str
        Where the rows and the start are saved.
    n_components : int
    shape : str
    n_iter : int
        Iterations of a fit.
    """

    rival: str
    action: str
    folder: str
    n_components: int
    shape: str = "full"
    n_iter: int = 3


@contextmanager
def saved(rows: Array, start: Start) -> Iterator[str]:
    """Folder with the rows and the start, which take memory to make, while the context lasts."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "rows.npy", rows)
        np.savez(
            Path(folder) / "start.npz",
            weights=start.weights,
            means=start.means,
            variance=start.variance,
        )
        yield folder


def peak_megabytes(case: Case) -> float:
    """Peak memory of a case beyond data and model, in MB (10^6 bytes)."""
    command = [sys.executable, str(Path(__file__)), json.dumps(asdict(case))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return float(done.stdout)


def resident(*, peak: bool) -> int:
    """Resident memory of this process in bytes: now, or at its highest.

    `VmHWM` rather than `ru_maxrss`, into which Linux counts the parent's memory too.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        import resource  # noqa: PLC0415  # not on every system

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    key = "VmHWM:" if peak else "VmRSS:"
    lines = status.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def measure(case: Case) -> float:
    """Peak memory of a case beyond data and model in MB, in this process."""
    small = overlapping_clusters(2, 2).draw(1000, 0)
    warm_up = Case(case.rival, case.action, "", 2, case.shape)
    _work(warm_up, small, start_of(small, 2, case.shape))()
    rows = np.load(Path(case.folder) / "rows.npy")
    with np.load(Path(case.folder) / "start.npz") as arrays:
        start = Start(case.shape, **arrays)
    work = _work(case, rows, start)
    before = resident(peak=False)
    answer = work()
    beyond = resident(peak=True) - before
    del answer
    return max(0.0, beyond / 1e6)


def _work(case: Case, rows: Array, start: Start) -> Callable[[], object]:
    """What is to be done, with everything made ready."""
    if case.action == "fit":
        everyone = {
            rival.name: rival for rival in assemble(daal=case.rival not in (OURS, SKLEARN))[0]
        }
        rival = everyone[f"{SKLEARN} 1t" if case.rival == SKLEARN else case.rival]
        return lambda: rival.fit(rows, start, case.n_iter)
    if case.action == "fit_own":
        return _own_fit(case, rows)
    mine, theirs = with_parameters(overlapping_clusters(rows.shape[1], case.n_components))
    model = mine if case.rival == OURS else theirs
    return lambda: getattr(model, case.action)(rows)


def _own_fit(case: Case, rows: Array) -> Callable[[], object]:
    make: Any = ours if case.rival == OURS else SklearnMixture
    model = make(n_components=case.n_components, max_iter=case.n_iter, random_state=0)

    def work() -> object:
        with unfinished():
            return model.fit(rows)

    return work


if __name__ == "__main__":
    print(measure(Case(**json.loads(sys.argv[1]))))
