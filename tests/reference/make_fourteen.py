"""Cut from the tables that R's mclust 6.0.0 wrote what `test_fourteen.py` compares with.

`python make_fourteen.py FOLDER` writes fourteen.json beside itself. FOLDER holds

- mclust/faithful.json and mclust/iris.json: mclustBIC of all fourteen models from the
  partitions of hc(modelName = "VVV", use = "SVD"), run on with
  control = emControl(tol = c(1e-10, 1e-10), itmax = c(20000, 2000));
- extra/steps.json: for three components, one M-step from such a partition.
"""

import json
import sys
from pathlib import Path

NUMBERS = {"faithful": (2, 3, 4), "iris": (2, 3)}


def cut(folder: Path, name: str) -> dict[str, object]:
    """Partitions (as strings of digits), log-likelihoods, parameter counts and one M-step."""
    table = json.loads((folder / "mclust" / f"{name}.json").read_text())
    steps = json.loads((folder / "extra" / "steps.json").read_text())[name]
    place = {k: table["G"].index(k) for k in NUMBERS[name]}
    partitions = {k: table["init"]["partition"][str(k)] for k in NUMBERS[name]}
    return {
        "versions": table["versions"],
        "partitions": {k: digits(labels) for k, labels in partitions.items()},
        "log_likelihood": {
            code: {k: table["tight"]["loglik"][code][i] for k, i in place.items()}
            for code in table["models"]
        },
        "n_parameters": {
            code: {k: table["df"][code][i] for k, i in place.items()} for code in table["models"]
        },
        "m_step": {
            "partition": digits(steps["init_classification"]),
            "sigma": {code: model["mstep"]["sigma"] for code, model in steps["models"].items()},
        },
    }


def digits(labels: list[int]) -> str:
    """Labels from 1 on as digits from 0 on."""
    return "".join(str(label - 1) for label in labels)


if __name__ == "__main__":
    content = {name: cut(Path(sys.argv[1]), name) for name in NUMBERS}
    target = Path(__file__).with_name("fourteen.json")
    target.write_text(json.dumps(content) + "\n")
