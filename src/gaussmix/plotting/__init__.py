"""Pictures of mixtures; matplotlib loads when one is drawn."""

from gaussmix.plotting.merges import plot_merges
from gaussmix.plotting.mixture import plot_mixture
from gaussmix.plotting.projection import plot_projection

__all__ = ["plot_merges", "plot_mixture", "plot_projection"]
