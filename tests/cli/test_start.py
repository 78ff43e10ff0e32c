"""How the command begins: help, versions, missing packages, pipes and interrupts."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gaussmix import datasets

VERBS = (
    *("fit", "predict", "score", "sample"),
    *("impute", "outliers", "classify", "regress", "demo"),
)
ROOT = str(Path(datasets.__file__).parents[2])
HEAVY = ("numpy", "scipy", "sklearn", "pyarrow", "matplotlib", "rich")


@pytest.mark.parametrize("words", [[], *([verb] for verb in VERBS)])
def test_help_loads_nothing_heavy(spawn, words) -> None:
    script = (
        "import sys\n"
        f"sys.argv = ['gaussmix', *{words!r}, '--help']\n"
        "from gaussmix.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert end.code == 0\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    done = spawn("-c", script)
    assert done.returncode == 0, done.stderr
    assert b"Usage: gaussmix" in done.stdout


def test_module_and_version(spawn) -> None:
    done = spawn("-m", "gaussmix", "--version")
    assert done.returncode == 0
    assert done.stdout.startswith(b"gaussmix ")


def test_without_click_it_says_what_to_install(spawn) -> None:
    done = spawn(
        "-c", "import sys; sys.modules['click'] = None\nimport gaussmix.cli as c; c.main()"
    )
    assert done.returncode == 1
    assert b'pip install "gaussmix[cli]"' in done.stderr
    assert b"Traceback" not in done.stderr


def test_verbs_stand_in_the_order_of_use(run) -> None:
    text = run("--help").stdout
    places = [text.index(f"\n  {verb} ") for verb in VERBS]
    assert places == sorted(places)


@pytest.mark.skipif(sys.platform == "win32", reason="no such pipes there")
def test_a_closed_pipe_is_silent(geyser_model) -> None:
    words = [sys.executable, "-m", "gaussmix", "sample", str(geyser_model), "-n", "200000"]
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"eruptions,waiting\n"
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(timeout=30)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_interrupting_a_search_exits_with_130() -> None:
    words = [sys.executable, "-m", "gaussmix", "fit", str(datasets.path("old_faithful"))]
    process = subprocess.Popen(
        [*words, "--components", "1:200"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    time.sleep(4.0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"stopped by the user" in err
    assert b"Traceback" not in err
    assert out == b"" or b"Best by BIC" in out
