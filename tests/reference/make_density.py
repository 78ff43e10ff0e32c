"""Cut from a table that R's mclust 6.0.0 wrote what `test_density.py` compares with.

`python make_density.py FOLDER` writes density.json beside itself. FOLDER holds
extra/density_acidity.json: cdfMclust and quantileMclust of densityMclust(acidity), and hdrlevels of
densityMclust(faithful, G = 3, modelNames = "EEE").
"""

import json
import sys
from pathlib import Path


def cut(folder: Path) -> dict[str, object]:
    """Parameters, probabilities and quantiles of one column; levels of two."""
    table = json.loads((folder / "extra" / "density_acidity.json").read_text())
    runs = [
        {
            "weights": run["parameters"]["pro"],
            "means": [mean[0] for mean in run["parameters"]["mean"]],
            "variances": [matrix[0][0] for matrix in run["parameters"]["sigma"]],
            **{name: run[name] for name in ("x", "cdf", "density", "p", "quantile")},
        }
        for run in table["runs"]
    ]
    levels = table["faithful_density"]["hdr_levels"]
    return {"versions": table["versions"], "acidity": runs, "faithful": levels}


if __name__ == "__main__":
    target = Path(__file__).with_name("density.json")
    target.write_text(json.dumps(cut(Path(sys.argv[1]))) + "\n")
