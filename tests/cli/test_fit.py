"""`gaussmix fit`: results, outputs and exit statuses."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest

from gaussmix import datasets, load

CRABS = ("--columns", "upper", "--weight", "count", "--components", "2", "--covariance", "full")
GEYSER = ("--components", "2", "--covariance", "full")
FIRST_KEYS = [
    "n_components",
    "covariance_type",
    "n_rows",
    "log_likelihood",
    "n_parameters",
    "bic",
    "aic",
]


def strict(text: str):
    """JSON that holds no NaN and no infinity."""

    def refuse(word: str):
        raise AssertionError(word)

    return json.loads(text, parse_constant=refuse)


def test_the_crabs_of_naples(run) -> None:
    done = run("fit", datasets.path("naples_crabs"), *CRABS, "--json")
    assert done.exit_code == 0
    answer = strict(done.stdout)
    assert answer["n_components"] == 2
    assert answer["n_rows"] == 29
    assert answer["weight_total"] == 1000.0
    assert answer["converged"] is True
    np.testing.assert_allclose(answer["weights"], [0.567, 0.433], atol=5e-4)
    np.testing.assert_allclose(np.ravel(answer["covariances"]), [1.592e-4, 3.353e-4], rtol=5e-4)
    assert answer["log_likelihood"] == pytest.approx(2567.579, abs=5e-4)


def test_gaps_in_a_file_are_those_of_the_frame(run, tmp_path) -> None:
    rows = pd.DataFrame(datasets.load_old_faithful().to_numpy(), columns=["eruptions", "waiting"])
    rows.iloc[3, 0] = rows.iloc[7, 1] = np.nan
    rows.iloc[9] = np.nan
    data, out = tmp_path / "gaps.csv", tmp_path / "m.gaussmix"
    rows.to_csv(data, index=False)
    done = run("fit", data, *GEYSER, "--json", "--out", out)
    assert done.exit_code == 0, done.output
    assert done.stderr == (
        "note: 3 of 272 rows have gaps; what is there counts. 1 of them has no value at all and "
        "tells nothing of the components\n"
    )
    assert run("fit", data, *GEYSER, "--quiet").stderr == ""
    answer, model = strict(done.stdout), load(out)
    assert answer["n_rows"] == 272
    np.testing.assert_allclose(answer["log_likelihood"], model.score_samples(rows).sum(), atol=1e-6)
    report = run("fit", data, *GEYSER).stdout
    assert "3 rows had missing values." in report
    assert "1 row had no value at all" in report
    labels = run("predict", out, data).stdout.splitlines()[1:]
    np.testing.assert_array_equal([int(line.split(",")[0]) for line in labels], model.predict(rows))
    score = run("score", out, data, "--json")
    assert strict(score.stdout)["log_likelihood"] == pytest.approx(answer["log_likelihood"])


def test_json_has_its_keys_in_order(run) -> None:
    done = run(
        "fit",
        datasets.path("old_faithful"),
        "--components",
        "1,2",
        "--covariance",
        "full,EEE",
        "--json",
    )
    answer = strict(done.stdout)
    keys = list(answer)
    assert keys[:7] == FIRST_KEYS
    assert keys[-1] == "candidates"
    assert {"icl", "converged", "weights", "means", "covariances"} <= set(keys)
    cells = [(c["covariance_type"], c["n_components"]) for c in answer["candidates"]]
    assert cells == [("full", 1), ("full", 2), ("tied", 1), ("tied", 2)]
    assert answer["bic"] == min(c["bic"] for c in answer["candidates"])
    assert done.stderr.startswith("warning: The best has 2 components, the largest number that")
    assert answer["criterion"] == "bic"
    assert {c["rank"] for c in answer["candidates"]} == {1, 2, 3, 4}


def test_json_is_strict_where_criteria_are_infinite(run, tmp_path) -> None:
    data = tmp_path / "few.csv"
    data.write_text("x\n1\n2\n4\n9\n")
    done = run("fit", data, "--components", "1:3", "--json", "--quiet")
    assert done.exit_code == 0
    assert None in [c["aicc"] for c in strict(done.stdout)["candidates"]]


def test_words_for_people(run) -> None:
    done = run(
        "fit", datasets.path("old_faithful"), "--components", "1:3", "--covariance", "full,tied"
    )
    assert done.exit_code == 0
    assert "Best by BIC: 3 components, covariance tied" in done.stdout
    assert "272 rows of eruptions, waiting" in done.stdout
    assert "mean eruptions" in done.stdout
    assert "behind" in done.stdout
    assert "The best of 6 candidates" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.endswith("--components 3 --covariance tied --out model.gaussmix")


def test_the_command_it_prints_gives_the_same_model(run, tmp_path) -> None:
    data = datasets.path("old_faithful")
    first = strict(
        run(
            "fit", data, "--components", "2:3", "--covariance", "tied,diag", "--seed", "5", "--json"
        ).stdout
    )
    again = strict(
        run(
            "fit",
            data,
            "--components",
            first["n_components"],
            "--covariance",
            first["covariance_type"],
            "--seed",
            "5",
            "--json",
        ).stdout
    )
    # The winner of a race of several is the same fit, down to rounding.
    assert again["log_likelihood"] == pytest.approx(first["log_likelihood"], rel=1e-12)
    np.testing.assert_allclose(again["means"], first["means"], rtol=1e-9)


def test_files_it_writes(run, tmp_path) -> None:
    model, labels = tmp_path / "m.gaussmix", tmp_path / "l.csv"
    picture = tmp_path / "p.png"
    data = datasets.path("old_faithful")
    done = run("fit", data, *GEYSER, "--out", model, "--labels", labels, "--plot", picture)
    assert done.exit_code == 0
    assert f"predict {model} {data}" in done.stdout
    fitted = load(model)
    table = pa.csv.read_csv(labels)
    assert table.column_names == ["label", "probability"]
    X = datasets.load_old_faithful().to_numpy()
    posterior = fitted.mixture_.posterior(X)
    assert table["label"].to_pylist() == posterior.argmax(axis=1).tolist()
    assert table["probability"].to_pylist() == posterior.max(axis=1).tolist()
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["l.csv", "m.gaussmix", "p.png"]


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow", "stream", "semicolons"])
def test_tables_by_content(run, tmp_path, kind) -> None:
    table = pa.csv.read_csv(datasets.path("old_faithful"))
    data = tmp_path / "table.dat"
    if kind == "csv":
        pa.csv.write_csv(table, data)
    elif kind == "parquet":
        pa.parquet.write_table(table, data)
    elif kind == "arrow":
        pa.feather.write_feather(table, data, compression="uncompressed")
    elif kind == "stream":
        with pa.ipc.new_stream(str(data), table.schema) as writer:
            writer.write_table(table)
    else:
        data.write_text(datasets.path("old_faithful").read_text().replace(",", ";"))
    answer = strict(run("fit", data, *GEYSER, "--json").stdout)
    assert answer["columns"] == ["eruptions", "waiting"]
    assert answer["log_likelihood"] == pytest.approx(-1130.264, abs=1e-3)


def test_standard_input(run) -> None:
    done = run("fit", "-", *CRABS, stdin=datasets.path("naples_crabs").read_bytes())
    assert done.exit_code == 0
    assert "standard input: 29 rows of upper; weights: count, 1000 in all" in done.stdout
    assert " fit DATA " in done.stdout


def test_cyclists_with_weights(run) -> None:
    answer = strict(
        run(
            "fit", datasets.path("cyclists"), "--weight", "count", "--components", "1:2", "--json"
        ).stdout
    )
    assert answer["columns"] == ["speed_kmh"]
    assert answer["weight_total"] == 31.0
    assert {c["covariance_type"] for c in answer["candidates"]} == {"full", "tied"}


def test_columns_that_are_no_numbers_are_told(run, tmp_path) -> None:
    lines = datasets.path("penguins").read_text().splitlines()
    data = tmp_path / "penguins.csv"
    data.write_text("\n".join(line for line in lines if ",NA," not in line))
    words = ("fit", data, "--components", "1", "--covariance", "diag")
    done = run(*words)
    assert done.exit_code == 0
    assert done.stderr.startswith("note: columns left out: 'species' (text, for instance 'Adelie'")
    assert "bill_length_mm, bill_depth_mm, flipper_length_mm, body_mass_g, year" in done.stdout
    assert run(*words, "--quiet").stderr == ""
    named = run(*words, "--columns", "bill_length_mm,body_mass_g")
    assert named.stderr == ""
    assert "rows of bill_length_mm, body_mass_g" in named.stdout


def test_a_column_whose_name_holds_a_comma(run, tmp_path) -> None:
    data = tmp_path / "t.csv"
    data.write_text('"a,b",c\n' + "\n".join(f"{i % 7},{i * i % 11}" for i in range(60)))
    words = ("fit", data, "--components", "1", "--covariance", "full", "--json")
    assert strict(run(*words, "--columns", "a,b").stdout)["columns"] == ["a,b"]
    both = run(*words, "--columns", "c", "--columns", "a,b")
    assert strict(both.stdout)["columns"] == ["c", "a,b"]


def test_strict_where_it_does_not_converge(run) -> None:
    words = (
        "fit",
        datasets.path("old_faithful"),
        "--components",
        "3",
        "--covariance",
        "full",
        "--max-iter",
        "2",
    )
    loose = run(*words)
    assert loose.exit_code == 0
    assert loose.stderr.startswith("warning: Best performing initialization did not converge")
    tight = run(*words, "--strict", "--json")
    assert tight.exit_code == 3
    answer = strict(tight.stdout)
    assert answer["converged"] is False
    assert answer["status"] == "reached max_iter"
    assert len(answer["warnings"]) == 1


def test_strict_where_it_is_degenerate(run, tmp_path) -> None:
    data = tmp_path / "constant.csv"
    data.write_text("x,y\n" + "\n".join(f"{i % 5 + i / 50},1" for i in range(50)))
    done = run(
        "fit",
        data,
        "--components",
        "1",
        "--covariance",
        "full",
        "--strict",
        "--out",
        tmp_path / "m.gaussmix",
    )
    assert done.exit_code == 3
    assert "constant" in done.stderr
    assert "Warning" not in done.stderr
    assert (tmp_path / "m.gaussmix").exists()


def test_converged_and_strict_is_no_failure(run) -> None:
    assert run("fit", datasets.path("old_faithful"), *GEYSER, "--strict").exit_code == 0


def test_wide_tables_are_turned(run, tmp_path) -> None:
    rng = np.random.default_rng(0)
    data = tmp_path / "wide.csv"
    header = ",".join(f"measurement_{j}" for j in range(14))
    np.savetxt(data, rng.normal(size=(60, 14)), delimiter=",", header=header, comments="")
    text = run("fit", data, "--components", "2", "--covariance", "tied_diag").stdout
    assert "(and 2 more columns)" in text
    assert "\nmean measurement_11 " in text
    assert max(map(len, text.split("Next:")[0].splitlines()[1:])) <= 100
