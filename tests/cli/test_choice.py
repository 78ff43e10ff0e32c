"""`gaussmix fit`: how it chooses, and what it says of the choice."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixtureSearch, datasets, load
from gaussmix.datasets import load_old_faithful

FAITHFUL = datasets.path("old_faithful")
SMALL = ("--covariance", "full,tied", "--components", "1:4")


@pytest.fixture
def grouped(tmp_path):
    """Old Faithful with a column of text that says which rows belong together."""
    path = tmp_path / "grouped.csv"
    frame = pd.DataFrame(load_old_faithful().to_numpy(), columns=["eruptions", "waiting"])
    frame.assign(day=[f"day {i // 40}" for i in range(272)]).to_csv(path, index=False)
    return path


def test_cross_validation_is_that_of_the_library(run) -> None:
    answer = json.loads(run("fit", FAITHFUL, *SMALL, "--criterion", "cv", "--json").stdout)
    search = GaussianMixtureSearch(
        range(1, 5), covariance_types=["full", "tied"], criterion="cv", random_state=0
    ).fit(load_old_faithful().to_numpy())
    assert answer["criterion"] == "cv"
    assert answer["cv"] == search.best_score_
    assert [c["cv"] for c in answer["candidates"]] == list(search.results_["cv"])
    assert answer["cv_std_error"] == search.best_candidate_.held_out.std_error


def test_folds_stand_beside_another_criterion(run) -> None:
    done = run("fit", FAITHFUL, *SMALL, "--folds", "3")
    assert done.exit_code == 0
    assert "Best by BIC: 3 components" in done.stdout
    assert "held-out log density per row -4." in done.stdout
    text = run("fit", FAITHFUL, *SMALL, "--folds", "3", "--criterion", "cv").stdout
    assert "Best by cross-validation: " in text
    assert "std_error" in text


@pytest.mark.parametrize("kind", ["csv", "parquet", "files"])
def test_groups_are_held_out_whole(run, grouped, tmp_path, kind) -> None:
    frame = pd.read_csv(grouped)
    data = [grouped]
    if kind == "parquet":
        data = [tmp_path / "grouped.parquet"]
        frame.to_parquet(data[0])
    elif kind == "files":
        data = [tmp_path / "a.csv", tmp_path / "b.csv"]
        frame[:100].to_csv(data[0], index=False)
        frame[100:].to_csv(data[1], index=False)
    words = ("--covariance", "tied", "--components", "2:4", "--criterion", "cv", "--folds", "3")
    done = run("fit", *data, *words, "--group", "day")
    assert done.exit_code == 0, done.output
    assert "; groups: day, 7" in done.stdout
    answer = json.loads(run("fit", *data, *words, "--group", "day", "--json").stdout)
    search = GaussianMixtureSearch(
        [2, 3, 4], covariance_types="tied", criterion="cv", cv=3, random_state=0
    ).fit(frame[["eruptions", "waiting"]], groups=frame["day"])
    assert answer["cv"] == pytest.approx(search.best_score_, rel=1e-12)


def test_a_group_of_numbers_is_no_value(run, tmp_path) -> None:
    frame = pd.DataFrame(load_old_faithful().to_numpy(), columns=["eruptions", "waiting"])
    path = tmp_path / "t.parquet"
    frame.assign(day=np.arange(272) // 40).to_parquet(path)
    words = ("--covariance", "tied", "--components", "1", "--folds", "3", "--group", "day")
    assert "272 rows of eruptions, waiting; groups: day, 7" in run("fit", path, *words).stdout


def test_priors_and_equal_proportions(run, tmp_path) -> None:
    out = tmp_path / "m.gaussmix"
    words = (*SMALL, "--prior", "default", "--equal-proportions")
    done = run("fit", FAITHFUL, *words, "--out", out)
    assert done.exit_code == 0
    assert ", prior default" in done.stdout
    model = load(out)
    np.testing.assert_allclose(model.weights_, 1.0 / model.n_components)
    answer = json.loads(run("fit", FAITHFUL, *words, "--json").stdout)
    assert answer["prior"] == "default"
    search = GaussianMixtureSearch(
        range(1, 5),
        covariance_types=["full", "tied"],
        prior="default",
        equal_proportions=True,
        random_state=0,
    ).fit(load_old_faithful().to_numpy())
    assert answer["bic"] == pytest.approx(search.best_score_, rel=1e-12)
    last = run("fit", FAITHFUL, *words).stdout.splitlines()[-1]
    assert last.endswith("--equal-proportions --prior default --out model.gaussmix")


def test_patience_leaves_out_what_is_hopeless(run) -> None:
    words = ("--covariance", "full", "--components", "1:8", "--patience", "2")
    done = run("fit", FAITHFUL, *words)
    assert "candidates were not tried (patience)." in done.stdout
    answer = json.loads(run("fit", FAITHFUL, *words, "--json").stdout)
    assert answer["candidates"][-1]["status"] == "skipped"
    assert answer["candidates"][-1]["bic"] is None


def test_the_table_of_candidates_is_a_file(run, tmp_path) -> None:
    path = tmp_path / "all.csv"
    done = run("fit", FAITHFUL, *SMALL, "--folds", "2", "--table", path)
    assert done.exit_code == 0
    search = GaussianMixtureSearch(
        range(1, 5), covariance_types=["full", "tied"], cv=2, random_state=0
    ).fit(load_old_faithful().to_numpy())
    columns = search.results_.columns
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(columns)
    assert [float(row["bic"]) for row in rows] == list(search.results_["bic"])
    assert [int(row["rank"]) for row in rows] == list(search.results_["rank"])


def test_what_has_no_number_is_an_empty_field(run, tmp_path) -> None:
    path = tmp_path / "all.csv"
    words = ("--covariance", "full", "--components", "1:8", "--patience", "1", "--table", path)
    assert run("fit", FAITHFUL, *words).exit_code == 0
    with path.open(newline="") as file:
        last = list(csv.DictReader(file))[-1]
    assert (last["bic"], last["status"]) == ("", "skipped")


def test_the_edge_of_the_range_is_told(run) -> None:
    done = run("fit", FAITHFUL, "--covariance", "full", "--components", "1:2")
    words = "The best has 2 components, the largest number that was tried"
    assert done.stderr.startswith(f"warning: {words}")
    assert words in done.stdout
    quiet = run("fit", FAITHFUL, "--covariance", "full", "--components", "1:2", "--quiet")
    assert quiet.stderr == ""


def test_all_shapes_by_name_are_those_of_one_column(run) -> None:
    words = ("--weight", "count", "--components", "1", "--json")
    plain = json.loads(run("fit", datasets.path("cyclists"), *words).stdout)
    named = json.loads(run("fit", datasets.path("cyclists"), *words, "--covariance", "all").stdout)
    assert named == plain
    assert len(plain["candidates"]) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--group", "day"), "--group says which rows are held out together, and none are"),
        (("--patience", "2", "--criterion", "cv"), "--criterion cv is known only when all"),
        (("--folds", "1"), "--folds"),
        (("--criterion", "bci"), "'bci' is not one of 'bic', 'aic', 'aicc', 'icl', 'cv'"),
        (("--prior", "strong"), "'strong' is not one of 'none', 'default'"),
    ],
)
def test_options_that_do_not_fit_together_are_wrong_usage(run, grouped, words, message) -> None:
    done = run("fit", grouped, "--columns", "waiting", *words)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--folds", "300"), "300 folds needs at least 300 rows, but there are 272"),
        (("--folds", "9", "--group", "day"), "9 folds needs at least 9 groups, but there are 7"),
        (("--folds", "2", "--group", "dya"), "There is no column 'dya' in"),
        (("--folds", "2", "--group", "waiting"), "The column 'waiting' is asked for twice"),
    ],
)
def test_folds_that_the_rows_cannot_make_fail(run, grouped, words, message) -> None:
    done = run("fit", grouped, "--columns", "waiting", *SMALL, *words)
    assert done.exit_code == 1
    assert message in done.stderr


def test_rows_without_a_group_are_named_by_their_line(run, tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,g\n1,a\n2,\n4,b\n5,b\n")
    done = run("fit", path, "--components", "1", "--folds", "2", "--group", "g")
    assert done.exit_code == 1
    assert f"Line 3 of {path} has no group (it is missing)" in done.stderr


def test_rows_of_a_stream_cannot_be_held_out(run, tmp_path) -> None:
    words = ("--components", "1", "--criterion", "cv", "--memory", "1KB")
    done = run("fit", FAITHFUL, FAITHFUL, *words)
    assert done.exit_code == 1
    assert "the 544 rows would take more than --memory. Raise --memory" in done.stderr
