"""Who adds: one thread or many, always in the same order."""

from gaussmix.execution.team import Team, available_threads, team

__all__ = ["Team", "available_threads", "team"]
