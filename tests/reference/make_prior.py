"""Cut from what R's mclust 6.0.0 wrote what `test_prior.py` and `test_equal_proportions.py` need.

`python make_prior.py FOLDER` writes prior.json and equal_proportions.json beside itself. FOLDER
holds

- extra/prior.json: Mclust and mclustBIC with prior = priorControl(), from the partitions of
  hc(modelName = "VVV", use = "SVD");
- mclust/faithful.json and mclust/iris.json: those partitions;
- extra/steps.json: me with control = emControl(equalPro = TRUE, tol = 1e-12).
"""

import json
import sys
from pathlib import Path

NUMBERS = (2, 3, 4, 5)


def read(folder: Path, name: str) -> dict[str, dict]:
    return json.loads((folder / f"{name}.json").read_text())


def digits(partition: list[int]) -> str:
    """A partition as a string of digits from 0."""
    return "".join(str(label - 1) for label in partition)


def cut(folder: Path, name: str) -> dict[str, object]:
    """Partitions, BIC by code and number of components, and the best fit."""
    run = read(folder, "extra/prior")["runs"][name]
    partitions = read(folder, f"mclust/{name}")["init"]["partition"]
    return {
        "bic": {
            code: {str(k): run["bic_table"][code][run["table_G"].index(k)] for k in NUMBERS}
            for code in run["table_models"]
        },
        "partitions": {str(k): digits(partitions[str(k)]) for k in NUMBERS},
        "best": {key: run[key] for key in ("model", "G", "df", "loglik", "bic", "parameters")},
        "default_prior_G3": run["default_prior_G3"],
    }


if __name__ == "__main__":
    source = Path(sys.argv[1])
    versions = read(source, "extra/prior")["versions"]
    prior = {"versions": versions} | {name: cut(source, name) for name in ("faithful", "iris")}
    equal = read(source, "extra/steps")["equal_pro_faithful_VVV2"] | {
        "versions": versions,
        "partition": digits(read(source, "mclust/faithful")["init"]["partition"]["2"]),
    }
    for name, content in (("prior", prior), ("equal_proportions", equal)):
        Path(__file__).with_name(f"{name}.json").write_text(json.dumps(content) + "\n")
