"""A process that is killed, and another that goes on where it was."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gaussmix
from gaussmix.persistence import load_document

SCRIPT = Path(__file__).with_name("checkpointed_fit.py")
PATIENCE = 60.0


def _start(checkpoint: object, result: Path, wait_at: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(Path(gaussmix.__file__).parents[1])}
    words = [sys.executable, SCRIPT, checkpoint, result, wait_at]
    return subprocess.Popen([str(word) for word in words], env=environment)


def _finish(checkpoint: object, result: Path) -> bytes:
    assert _start(checkpoint, result, 0).wait(PATIENCE) == 0
    return result.read_bytes()


def _iterations(checkpoint: Path, start: int) -> int:
    """How many iterations of a start the file knows of."""
    if not checkpoint.exists():
        return 0
    reached = load_document(checkpoint).metadata["starts"].get(str(start))
    return 0 if reached is None else len(reached["objectives"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The result of a fit that nothing interrupts, and that has no checkpoint."""
    return _finish("-", tmp_path_factory.mktemp("whole") / "result")


@pytest.mark.parametrize(("start", "number"), [(0, 3), (1, 20)])
def test_a_killed_fit_goes_on_to_the_same_bits(
    whole: bytes, tmp_path: Path, start: int, number: int
) -> None:
    checkpoint, result = tmp_path / "fit.checkpoint", tmp_path / "result"
    # It waits before its end, so that it cannot get there before it is killed.
    victim = _start(checkpoint, result, 150)
    try:
        deadline = time.monotonic() + PATIENCE
        while _iterations(checkpoint, start) < number:
            assert victim.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.002)
    finally:
        victim.kill()
    assert victim.wait(PATIENCE) == (-signal.SIGKILL if os.name == "posix" else 1)
    assert checkpoint.exists()
    assert not result.exists()
    assert _finish(checkpoint, result) == whole
    assert not checkpoint.exists()
