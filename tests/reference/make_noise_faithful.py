"""Cut from what R's mclust 6.0.0 wrote what `test_noise_faithful.py` compares with.

`python make_noise_faithful.py FOLDER` writes noise_faithful.json beside itself. FOLDER holds

- data/faithful_noise.csv: Old Faithful's 272 rows, then 60 that are uniform over its box made
  wider; only these 60 are copied, the others ship with the library;
- extra/noise_faithful.json: mclustBIC(X, initialization = list(noise = start)) for two starts
  that mark rows as noise at random ("random") and by prabclus::NNclean ("NNclean"). The other
  rows start in the partition of hc(modelName = "VVV", use = "SVD"). Log-likelihoods are those
  at mclust's own tolerance, 1e-5; "tight" is the two-component VVV run on to 1e-10.
"""

import csv
import json
import sys
from pathlib import Path

CODES = ("EII", "VII", "EEI", "VVI", "EEE", "VVV")
LARGEST = 4


def partition(is_noise: list[bool], others: list[int]) -> str:
    """A digit for each row, its component counted from 0; a dot for noise."""
    labels = iter(others)
    return "".join("." if noise else str(next(labels) - 1) for noise in is_noise)


def cut(run: dict[str, object]) -> dict[str, object]:
    """Partitions by number of components; log-likelihoods, parameters and BIC by code as well."""
    tables = {}
    for name in ("loglik", "df", "bic"):
        table = run[f"{name}_table"]
        # Entry G of a row is that of G components, the first that of noise alone.
        tables[name] = {
            code: {str(k): table[code][k] for k in range(1, LARGEST + 1)} for code in CODES
        }
    given = run["init_partition_of_non_noise_rows"]
    n_others = len(run["noise_init"]) - sum(run["noise_init"])
    partitions = {
        str(k): partition(run["noise_init"], [1] * n_others if k == 1 else given[str(k)])
        for k in range(1, LARGEST + 1)
    }
    tight = {"loglik": run["VVV2"]["tight_loglik"], **run["VVV2"]["tight_parameters"]}
    return {"partitions": partitions, **tables, "tight_VVV2": tight}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with (folder / "data" / "faithful_noise.csv").open() as file:
        rows = [[float(value) for value in row] for row in list(csv.reader(file))[1:]]
    whole = json.loads((folder / "extra" / "noise_faithful.json").read_text())
    content = {
        "versions": whole["versions"],
        "noise_rows": rows[272:],
        "volume": whole["hypvol"],
        "runs": {name: cut(run) for name, run in whole["runs"].items()},
    }
    target = Path(__file__).with_name("noise_faithful.json")
    target.write_text(json.dumps(content) + "\n")
