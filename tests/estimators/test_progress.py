"""Bars at a terminal, lines in a log."""

import io
import logging
import sys

import pytest

from gaussmix.em import Iteration
from gaussmix.estimators.progress import sentence, shown_progress


def iteration(number, start=0, remaining=1.5e-4):
    return Iteration(number, -4.25, 1e-3, remaining, None, start)


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 50.0

    def __call__(self):
        return self.now


def test_sentences_say_where_the_fit_is():
    assert sentence(iteration(7), 1) == (
        "iteration 7: objective -4.250000, still to gain about 1.5e-04"
    )
    assert sentence(iteration(7, 1), 3).startswith("start 2 of 3, iteration 7: ")
    assert sentence(iteration(1, 0, float("inf")), 1).endswith("still to gain unknown")


def test_nothing_is_shown_unasked():
    with shown_progress(1, 10, show=False) as show:
        assert show is None


def test_lines_go_to_the_log_every_ten_seconds(caplog):
    caplog.set_level(logging.INFO, logger="gaussmix")
    clock = Clock()
    with shown_progress(2, 10, clock=clock) as show:
        for number in range(1, 10):
            clock.now += 4.0
            assert not show(iteration(number))
    assert [record.levelno for record in caplog.records] == [logging.INFO] * 3
    assert [message[:25] for message in caplog.messages] == [
        f"start 1 of 2, iteration {number}" for number in (3, 6, 9)
    ]


def test_a_terminal_gets_a_bar_on_standard_error(monkeypatch, caplog):
    pytest.importorskip("rich")
    screen, out = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    with shown_progress(2, 10) as show:
        show(iteration(3, 1))
    assert "start 2 of 2, iteration 3: objective" in screen.getvalue()
    assert out.getvalue() == ""
    assert not caplog.records


def test_without_rich_a_terminal_gets_the_log(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with shown_progress(1, 10) as show:
        assert not show(iteration(1))
    assert sys.stderr.getvalue() == ""
