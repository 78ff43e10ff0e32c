"""Every message of the verbs that learn; tests/cli reads those of a user's mistakes in place."""

import inspect

import pytest

from gaussmix import errors
from gaussmix.errors import verbs as messages

#: Builder, arguments, and words the message must hold.
CASES = [
    (errors.train_and_model, (), ["--train", "--model", "Give one of them"]),
    (
        errors.option_without_learning,
        ("semi_supervised",),
        ["--semi-supervised is", "Leave it out"],
    ),
    (errors.stdin_twice, (), ["read once only", "Leave --train out"]),
    (errors.two_thresholds_asked, (), ["--p-value and --contamination", "Give one of them"]),
    (errors.target_among_columns, ("y",), ["'y' is the target", "--columns"]),
    (
        errors.column_not_in_data,
        (["lenght", "b"], ["length"], "d.csv", "t.csv"),
        ["t.csv has the columns 'lenght', 'b', but d.csv has not", "Did you mean 'length'?"],
    ),
    (
        errors.model_of_other_job,
        ("m", "GaussianMixtureImputer", "regress"),
        [
            "m holds a GaussianMixtureImputer",
            "`gaussmix impute --model`",
            "`gaussmix regress --save`",
        ],
    ),
    (errors.model_without_classes, ("m",), ["m holds a mixture", "--target COLUMN", "predict"]),
    (errors.mixture_in_words, (2, "component", "tied"), ["2 components, covariance tied"]),
    (
        errors.outliers_found,
        (1, 200, "1 component", 0.01, None),
        ["1 of 200 rows (0.5%) is an outlier", "p_value below 0.01", "ordinary rows about 2 would"],
    ),
    (
        errors.outliers_found,
        (4, 200, "1 component", 0.0123, 0.02),
        ["4 of 200 rows (2.0%) are outliers", "the least likely 0.02", "p_value below 0.0123"],
    ),
    (errors.outliers_to_see, (), ["--only --explain"]),
    (errors.bad_probabilities, ("2",), ["'2' is no list of probabilities", "(0.1,0.5,0.9)"]),
    (errors.target_not_named, ("regress",), ["gaussmix regress DATA --target COLUMN"]),
    (
        errors.target_empty,
        (["y"], "d.csv"),
        ["column 'y' is empty in every row of d.csv", "--train"],
    ),
    (errors.target_empty, (["y", "z"], "d.csv"), ["columns 'y', 'z' are empty"]),
    (errors.no_inputs, (["y"],), ["Every column of the model is a target ('y')", "--target"]),
    (
        errors.only_targets,
        (["y"], "d.csv", {"k": "text"}),
        [
            "Beside the target ('y') d.csv has no column of numbers",
            "'k' holds text",
            "Give a table",
        ],
    ),
    (errors.other_target, (["z"], ["y"]), ["predicts 'y', but --target is 'z'", "Leave --target"]),
    (errors.targets_learnt, (["y", "z"], 1, "K"), ["learnt y, z from 1 row: a mixture of K"]),
    (
        errors.targets_tested,
        ("y", "9 rows", 0.5, 0.9, 0.85),
        ["y of 9 rows: R^2 0.500, and 85.0% lie", "0.9 were to"],
    ),
    (errors.rows_held_out, (9, 3), ["9 rows, one in 3 at a time held out"]),
    (errors.rows_known, (1, "d.csv"), ["1 row of d.csv where it is known"]),
    (errors.draws_of_other_strategy, ("mode",), ["--draws", "--strategy is mode", "Leave one"]),
    (errors.gaps_filled, (0, 0, 5, "K", 0), ["no field", "nothing was filled"]),
    (errors.gaps_filled, (1, 1, 5, "K", 0), ["filled 1 field in 1 of 5 rows by a mixture of K"]),
    (errors.gaps_filled, (4, 2, 5, "K", 1), ["1 of them has no value at all"]),
    (errors.gaps_filled, (4, 2, 5, "K", 2), ["2 of them have no value at all"]),
    (errors.gaps_at_random, (), ["nothing to do with the value", "missing because they are high"]),
    (errors.bad_priors, ("a",), ["'a' is no list", "'equal'", "(yes=0.1,no=0.9)"]),
    (
        errors.target_is_continuous,
        ("y", "0.5", "line 3 of d.csv"),
        ["'y' holds numbers such as 0.5 in line 3 of d.csv", "gaussmix regress"],
    ),
    (errors.bad_given, ("a",), ["'a' is no known value", "length=4.2"]),
    (errors.given_twice, ("a",), ["'a' is given twice", "one value"]),
    (errors.gaps_without_table, (), ["--gaps", "--like", "leave --gaps out"]),
    (errors.rows_like, (3, "d.csv"), ["3 rows like those of d.csv", "none is one of its rows"]),
    (
        errors.components_of_job,
        ("m", "GaussianMixtureClassifier"),
        ["m holds a GaussianMixtureClassifier", "`gaussmix classify DATA --model m`"],
    ),
    (errors.one_class_only, ("y", "a", "d.csv"), ["has 'a' in column 'y'", "--train", "outliers"]),
    (
        errors.classes_learnt,
        ([("a", 3.0, "1 component"), ("b", 4.0, "2 components")], "mclustda"),
        ["learnt 2 classes (mclustda): a (3 rows, 1 component), b (4 rows, 2 components)"],
    ),
    (
        errors.classes_learnt,
        ([(c, 3.0, "1 component") for c in range(12)], "edda"),
        ["12 classes (edda): 0 (3 rows), 1", "9 (3 rows) and 2 more; each of 1 component"],
    ),
    (
        errors.classes_learnt,
        ([("a", 3.0, "1 component"), ("b", 4.0, "1 component")], "edda", 7),
        ["a (3 rows), b (4 rows), and 7 rows without a class; each of 1 component"],
    ),
    (errors.classes_tested, ("y", "9 rows", 3, 9), ["y of 9 rows: 3 told wrong (33.33%)"]),
    (errors.rows_rejected, (1, 9), ["1 of 9 rows is unlike any class; its label is empty"]),
    (errors.rows_rejected, (2, 9), ["2 of 9 rows are unlike any class; their label is empty"]),
]


@pytest.mark.parametrize(("build", "arguments", "words"), CASES)
def test_messages(build, arguments, words):
    text = str(build(*arguments))
    for word in words:
        assert word in text


def test_every_message_is_tested():
    builders = {
        name
        for name, value in vars(messages).items()
        if inspect.isfunction(value)
        and value.__module__ == messages.__name__
        and not name.startswith("_")
    }
    assert builders == {build.__name__ for build, _, _ in CASES}
