"""`gaussmix regress`: what is predicted, how well, and what is said of it."""

import csv
import io

import numpy as np
import pytest

from gaussmix import GaussianMixtureRegressor, datasets, load

GEYSER = datasets.load_old_faithful().to_numpy()
QUICK = ("--components", "2", "--covariance", "full")


def rows_of(text: str) -> tuple[list[str], np.ndarray]:
    header, *rows = csv.reader(io.StringIO(text))
    return header, np.array(rows, dtype=float)


@pytest.fixture
def half_known(tmp_path):
    """The eruptions, of which every third lacks its waiting time."""
    rows = [f"{e},{'' if i % 3 == 0 else w},x" for i, (e, w) in enumerate(GEYSER)]
    path = tmp_path / "half.csv"
    path.write_text("eruptions,waiting,note\n" + "\n".join(rows) + "\n")
    return path


def test_rows_with_the_target_teach_and_all_are_answered_for(run, half_known) -> None:
    done = run("regress", half_known, "--target", "waiting", *QUICK, "--seed", "1")
    assert done.exit_code == 0, done.output
    header, values = rows_of(done.stdout)
    assert header == ["prediction", "std", "lower", "upper"]
    known = np.arange(272) % 3 != 0
    regressor = GaussianMixtureRegressor([2], covariance_types=["full"], random_state=1)
    regressor.fit(GEYSER[known, :1], GEYSER[known, 1])
    mean, std = regressor.predict(GEYSER[:, :1], return_std=True)
    np.testing.assert_array_equal(values[:, 0], mean)
    np.testing.assert_array_equal(values[:, 1], std)
    np.testing.assert_array_equal(
        values[:, 2:], np.column_stack(regressor.predict_interval(GEYSER[:, :1], 0.9))
    )
    assert "learnt waiting from 181 rows: a mixture of 2 components" in done.stderr
    assert "181 rows, one in 10 at a time held out: R^2 0.8" in done.stderr
    assert run("regress", half_known, "--target", "waiting", *QUICK, "-q").stderr == ""


def test_levels_and_quantiles(run, half_known) -> None:
    words = ("--target", "waiting", *QUICK, "--level", "0.5", "--quantiles", "0.25,0.5,0.75")
    header, values = rows_of(run("regress", half_known, *words).stdout)
    assert header[4:] == ["quantile_0.25", "quantile_0.5", "quantile_0.75"]
    np.testing.assert_allclose(values[:, 2], values[:, 4], rtol=1e-12)
    np.testing.assert_allclose(values[:, 3], values[:, 6], rtol=1e-12)


def test_several_targets(run) -> None:
    columns = "bill_length_mm,bill_depth_mm,flipper_length_mm"
    targets = ("--target", "bill_length_mm,body_mass_g")
    done = run("regress", datasets.path("penguins"), *targets, "--columns", columns[15:], *QUICK)
    assert done.exit_code == 0, done.output
    header, values = rows_of(done.stdout)
    assert header[0] == "bill_length_mm_prediction"
    assert header[4:] == [f"body_mass_g_{end}" for end in ("prediction", "std", "lower", "upper")]
    assert values.shape == (344, 8)
    assert "learnt bill_length_mm, body_mass_g from 342 rows" in done.stderr
    assert "body_mass_g of 342 rows, one in 10" in done.stderr


def test_other_rows_and_a_saved_model(run, half_known, tmp_path) -> None:
    model = tmp_path / "m.gaussmix"
    new = b"note,eruptions\na,2\nb,\nc,4.5\n"
    words = ("--train", half_known, "--target", "waiting", *QUICK, "--save", model)
    done = run("regress", "-", *words, stdin=new)
    assert isinstance(load(model), GaussianMixtureRegressor)
    values = rows_of(done.stdout)[1]
    assert values[0, 0] < 60 < values[1, 0] < values[2, 0]
    assert "held out" not in done.stderr
    assert run("regress", "-", "--model", model, stdin=new).stdout == done.stdout
    same = run("regress", "-", "--model", model, "--target", "waiting", stdin=new)
    assert same.stdout == done.stdout
    renamed = run("regress", "-", "--model", model, "--columns", "e", stdin=b"e\n2\n\n4.5\n")
    np.testing.assert_array_equal(rows_of(renamed.stdout)[1], values[[0, 2]])


def test_targets_that_are_known_are_compared(run, half_known, tmp_path) -> None:
    model = tmp_path / "m.gaussmix"
    run("regress", half_known, "--target", "waiting", *QUICK, "--save", model)
    done = run("regress", datasets.path("old_faithful"), "--model", model)
    truth, values = GEYSER[:, 1], rows_of(done.stdout)[1]
    explained = 1 - np.square(truth - values[:, 0]).sum() / np.square(truth - truth.mean()).sum()
    share = np.mean((values[:, 2] <= truth) & (truth <= values[:, 3]))
    assert "272 rows of" in done.stderr
    assert f"R^2 {explained:.3f}, and {share:.1%} lie" in done.stderr
    assert "held out" not in done.stderr


def test_any_mixture_with_the_target_predicts_it(run, geyser_model) -> None:
    data = b"waiting\n55\n80\n"
    done = run("regress", "-", "--model", geyser_model, "--target", "eruptions", stdin=data)
    assert done.exit_code == 0, done.output
    mixture = load(geyser_model).mixture_
    expected = mixture.condition({"waiting": [55.0, 80.0]}).mean()[:, 0]
    np.testing.assert_allclose(rows_of(done.stdout)[1][:, 0], expected, rtol=1e-13)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "gaussmix regress DATA --target COLUMN"),
        (["--target", "y", "--level", "1"], "0.0<x<1.0"),
        (["--target", "y", "--level", "90"], "0.0<x<1.0"),
        (["--target", "y", "--quantiles", "0.1;0.9"], "'0.1;0.9' is no list of probabilities"),
        (["--target", "y", "--quantiles", "0,1"], "'0,1' is no list of probabilities"),
        (["--target", "y", "--train", "t", "--model", "m"], "Give one of them"),
    ],
)
def test_wrong_usage(run, words, said) -> None:
    done = run("regress", datasets.path("old_faithful"), *words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


CONTENTS = {
    "no such target": ("a,speed\n1,2\n2,3\n", ["--target", "sped"], "Did you mean 'speed'?"),
    "empty target": ("a,y\n1,\n2,\n", ["--target", "y"], "'y' is empty in every row of"),
    "text": ("a,y\n1,b\n2,c\n", ["--target", "y"], "column 'y' holds text"),
    "target among columns": (
        "a,y\n1,2\n2,3\n",
        ["--target", "y", "--columns", "a,y"],
        "'y' is the target",
    ),
    "nothing to predict from": ("b,y\nx,2\ny,3\n", ["--target", "y"], "Beside the target ('y')"),
    "infinity": ("a,y\n1,2\n2,inf\n3,4\n", ["--target", "y"], "column 'y' in line 3"),
}


@pytest.mark.parametrize("case", CONTENTS)
def test_tables_that_cannot_be_used(run, tmp_path, case) -> None:
    content, words, said = CONTENTS[case]
    path = tmp_path / "t.csv"
    path.write_text(content)
    done = run("regress", path, *words)
    assert (done.exit_code, done.stdout) == (1, ""), done.output
    assert said in done.stderr


def test_models_that_do_not_fit(run, geyser_model, tmp_path) -> None:
    data = datasets.path("old_faithful")
    model = tmp_path / "m.gaussmix"
    run("regress", data, "--target", "waiting", *QUICK, "--save", model, "-q")
    other = run("regress", data, "--model", model, "--target", "eruptions")
    assert "predicts 'waiting', but --target is 'eruptions'" in other.stderr
    none = run("regress", data, "--model", geyser_model, "--target", "eruptions,waiting")
    assert "Every column of the model is a target" in none.stderr
    unknown = run("regress", data, "--model", geyser_model, "--target", "wating")
    assert "Did you mean 'waiting'?" in unknown.stderr
    assert run("regress", data, "--model", geyser_model).exit_code == 2
    components = run("predict", model, data)
    assert components.exit_code == 1
    assert f"`gaussmix regress DATA --model {model}`" in components.stderr
    assert run("score", model, data).exit_code == 0
    assert run("sample", model, "-n", "2").stdout.startswith("eruptions,waiting\n")
