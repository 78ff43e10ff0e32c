"""Rows larger than memory: time per pass over a Parquet file, and the memory it takes.

The file is written once to a temporary folder (or to --folder), row group by row group. A process
of its own fits it, so that the peak of its memory is the fit's; passes over a slice in memory are
timed in the same process.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from sklearn.exceptions import ConvergenceWarning
from tables import Cell, text_table
from workloads import SEED, overlapping_clusters, start_of

from gaussmix import GaussianMixture

_N_FEATURES, _N_COMPONENTS = 8, 16
_GROUP = 1_000_000
#: Share of the rate in memory, and MB of the whole process.
_AT_LEAST, _AT_MOST = 0.7, 300.0


def stored(*, quick: bool) -> tuple[str, dict[str, Any]]:
    """A pass over a file of float32 beside a pass over a slice of it in memory."""
    n_rows = 2_000_000 if quick else 20_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        _write(path, n_rows)
        size = path.stat().st_size
        found = {name: _in_a_process(path, name) for name in ("file", "memory")}
    file, memory = found["file"], found["memory"]
    share = file["rows_per_second"] / memory["rows_per_second"]
    table: list[list[Cell]] = [
        ["file", file["n_rows"], file["seconds"], file["rows_per_second"] / 1e6, file["peak"]],
        [
            "slice in memory",
            memory["n_rows"],
            memory["seconds"],
            memory["rows_per_second"] / 1e6,
            memory["peak"],
        ],
    ]
    header = ["K=16, full", "rows", "s per pass", "million rows/s", "peak MB of the process"]
    text = text_table(header, table)
    notes = (
        f"The file holds {n_rows:,} x 8 float32 in {size / 1e6:.0f} MB. Rate of the file: "
        f"{share:.0%} of that in memory (aim: {_AT_LEAST:.0%}); peak {file['peak']:.0f} MB "
        f"(at most {_AT_MOST:.0f})."
    )
    return f"{text}\n\n{notes}", {"found": found, "share": share, "bytes": size}


def _peak() -> float:
    """Highest resident memory of this process so far, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in status if line.startswith("VmHWM:"))


def _write(path: Path, n_rows: int) -> None:
    clusters = overlapping_clusters(_N_FEATURES, _N_COMPONENTS)
    names = [f"x{j}" for j in range(_N_FEATURES)]
    writer: Any = None
    for group in range(n_rows // _GROUP):
        rows = clusters.draw(_GROUP, SEED + group).astype(np.float32)
        table = pa.table({name: rows[:, j] for j, name in enumerate(names)})
        if writer is None:
            writer = parquet.ParquetWriter(
                path, table.schema, compression="none", use_dictionary=False
            )
        writer.write_table(table)
    writer.close()


def _in_a_process(path: Path, what: str) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__)), str(path), what]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def measure(path: str, what: str, n_iter: int = 4) -> dict[str, float]:
    """Seconds per pass over the file, or over a slice of it in memory, and the peak in MB."""
    clusters = overlapping_clusters(_N_FEATURES, _N_COMPONENTS)
    start = start_of(clusters.draw(20_000, SEED), _N_COMPONENTS, "full")
    rows: Any = path
    n_rows = parquet.ParquetFile(path).metadata.num_rows
    if what == "memory":
        table = parquet.ParquetFile(path).read_row_groups([0, 1])
        rows = np.column_stack([column.to_numpy() for column in table.columns])
        n_rows = len(rows)
    seconds: list[float] = []
    last = [0.0]

    def tick(_: Any) -> None:
        now = time.perf_counter()
        seconds.append(now - last[0])
        last[0] = now

    model = GaussianMixture(
        n_components=_N_COMPONENTS,
        tol=0.0,
        max_iter=n_iter,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=start.precisions,
        callback=tick,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows)
    # The first iteration comes after the survey.
    per_pass = float(np.median(seconds[1:]))
    return {
        "n_rows": n_rows,
        "seconds": per_pass,
        "rows_per_second": n_rows / per_pass,
        "peak": _peak(),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("what", choices=["file", "memory"])
    options = parser.parse_args()
    print(json.dumps(measure(options.path, options.what)))
