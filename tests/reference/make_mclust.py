"""Cut from the tables that R's mclust 6.0.0 wrote what `test_mclust.py` compares with.

`python make_mclust.py FOLDER` writes mclust.json beside itself. FOLDER holds

- mclust/faithful.json and mclust/iris.json: mclustBIC from the partitions of
  hc(modelName = "VVV", use = "SVD"), run on with
  control = emControl(tol = c(1e-10, 1e-10), itmax = c(20000, 2000));
- extra/weighted_faithful.json: me.weighted with tol = 1e-12.
"""

import json
import sys
from pathlib import Path

CODES = ("EII", "VII", "EEI", "VVI", "EEE", "VVV")
LARGEST = {"faithful": 5, "iris": 4}


def cut(folder: Path, name: str) -> dict[str, object]:
    """Partitions (as strings of digits) and log-likelihoods by code and number of components."""
    table = json.loads((folder / "mclust" / f"{name}.json").read_text())
    numbers = [k for k in table["G"] if k <= LARGEST[name]]
    fits = {
        code: {
            str(k): table["tight"]["loglik"][code][table["G"].index(k)]
            for k in numbers
            if table["return_codes"][code][table["G"].index(k)] == 0
        }
        for code in CODES
    }
    partitions = {
        str(k): "".join(str(label - 1) for label in table["init"]["partition"][str(k)])
        for k in numbers
        if k > 1
    }
    return {"versions": table["versions"], "partitions": partitions, "log_likelihood": fits}


def cut_weighted(folder: Path) -> dict[str, object]:
    """Weights, start and ends of fits to weighted rows of Old Faithful."""
    table = json.loads((folder / "extra" / "weighted_faithful.json").read_text())
    return {
        "versions": table["versions"],
        "weights": table["weights"],
        "partition": "".join(str(label - 1) for label in table["init_classification"]),
        "tight": {
            code: table["models"][code]["tight"] for code in CODES if code in table["models"]
        },
    }


if __name__ == "__main__":
    content = {name: cut(Path(sys.argv[1]), name) for name in LARGEST}
    content["weighted"] = cut_weighted(Path(sys.argv[1]))
    target = Path(__file__).with_name("mclust.json")
    target.write_text(json.dumps(content) + "\n")
