"""The command, run in this process or in one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gaussmix import datasets
from gaussmix.cli.app import app

Run = Callable[..., Result]
Spawn = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def run() -> Run:
    """The command called with words, and what came of it."""

    def call(*words: object, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], input=stdin)

    return call


@pytest.fixture
def spawn() -> Spawn:
    """A Python process with the package at hand."""

    def call(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        folder = str(Path(datasets.__file__).parents[2])
        environment = {**os.environ, "PYTHONPATH": folder}
        return subprocess.run(
            [sys.executable, *words],
            input=stdin,
            capture_output=True,
            env=environment,
            timeout=60,
            check=False,
        )

    return call


@pytest.fixture(scope="session")
def geyser_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two components fitted to Old Faithful."""
    path = tmp_path_factory.mktemp("models") / "geyser.gaussmix"
    words = [
        "fit",
        str(datasets.path("old_faithful")),
        *["--components", "2", "--covariance", "full", "--out"],
        str(path),
    ]
    assert CliRunner().invoke(app, words).exit_code == 0
    return path
