"""Cut from the partitions that R's mclust 6.0.0 wrote what `test_hierarchy.py` compares with.

`python make_hierarchy.py FOLDER` writes hierarchy.json beside itself. FOLDER holds
extra/hc_partitions.json: hclass(hc(data, modelName = ..., use = ...), 2:6) of the tables
faithful and iris.
"""

import json
import sys
from pathlib import Path

RUNS = ("EII_SVD", "EII_VARS", "VVV_SVD")


def cut(table: dict[str, dict[str, list[int]]]) -> dict[str, dict[str, str]]:
    """Partitions (as strings of digits) by run and number of clusters."""
    return {
        run: {k: "".join(str(label - 1) for label in labels) for k, labels in table[run].items()}
        for run in RUNS
    }


if __name__ == "__main__":
    source = json.loads((Path(sys.argv[1]) / "extra" / "hc_partitions.json").read_text())
    content = {name: cut(source[name]) for name in ("faithful", "iris")}
    content["versions"] = source["versions"]
    target = Path(__file__).with_name("hierarchy.json")
    target.write_text(json.dumps(content) + "\n")
