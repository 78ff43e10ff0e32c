"""Pictures of mixtures; matplotlib loads when one is drawn."""

from gaussmix.plotting.mixture import plot_mixture

__all__ = ["plot_mixture"]
