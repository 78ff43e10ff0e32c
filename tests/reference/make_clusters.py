"""Cut from what R's mclust 6.0.0 wrote the numbers of `test_clustcombi.py` and `test_mclustdr.py`.

`python make_clusters.py FOLDER` writes clustcombi.json and mclustdr.json beside itself. FOLDER
holds extra/clustcombi.json (clustCombi of Old Faithful and of its own example 4.1, of which the
table itself is not copied) and extra/mclustdr_iris.json (MclustDR of iris, VEV, three components).
"""

import json
import sys
from pathlib import Path
from typing import Any


def cut_merges(table: dict[str, Any]) -> dict[str, Any]:
    """Parameters, entropies, merges and labels (as strings of digits)."""
    faithful, example = table["runs"]["faithful"], table["runs"]["ex4.1"]
    entropies = "entropy_by_number_of_clusters_1_to_G"
    return {
        "versions": table["versions"],
        "parameters": faithful["fit"]["parameters"],
        "merges": faithful["merges"],
        "entropies": faithful[entropies],
        "chosen": faithful["chosen_by_two_piece_regression"],
        "labels": {
            n: "".join(map(str, labels))
            for n, labels in faithful["combined_classification"].items()
        },
        "example": {
            "entropies": example[entropies],
            "chosen": example["chosen_by_two_piece_regression"],
        },
    }


def cut_directions(table: dict[str, Any]) -> dict[str, Any]:
    """Parameters, eigenvalues, basis and the first rows' coordinates."""
    wanted = ("lambda", "eigenvalues", "numdir", "basis", "first10_dir", "parameters")
    runs = ("VEV3_lambda1", "VEV3_lambda0.5")
    return {
        "versions": table["versions"],
        "runs": [{name: table[run][name] for name in wanted} for run in runs],
    }


if __name__ == "__main__":
    for source, target, cut in (
        ("clustcombi.json", "clustcombi.json", cut_merges),
        ("mclustdr_iris.json", "mclustdr.json", cut_directions),
    ):
        content = cut(json.loads((Path(sys.argv[1]) / "extra" / source).read_text()))
        Path(__file__).with_name(target).write_text(json.dumps(content) + "\n")
