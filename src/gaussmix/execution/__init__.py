"""Who adds: one thread or many, always in the same order."""

from gaussmix.execution.team import Additive, Team, available_threads, team

__all__ = ["Additive", "Team", "available_threads", "team"]
