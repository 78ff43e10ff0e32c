"""Colours and marks that all pictures share."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Okabe & Ito's colours, told apart by colour-blind readers; yellow is too pale for lines.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
#: Marks and lines change where the colours begin again.
MARKS = ("o", "^", "s", "D", "v", "P")
LINES = ("-", "--", ":", "-.")
INK = "#222222"
PALE = "#C9CED6"
#: The noise component, and what is said in passing.
GREY = "#7A828C"


def colour_of(component: int) -> str:
    """The colour of a component."""
    return COLOURS[component % len(COLOURS)]


def mark_of(component: int) -> str:
    """The mark of a component's rows."""
    return MARKS[component // len(COLOURS) % len(MARKS)]


def line_of(component: int) -> str:
    """The style of a component's curve."""
    return LINES[component // len(COLOURS) % len(LINES)]


def name_of(component: int, weight: float) -> str:
    """What the legend calls a component: its number and share."""
    return f"component {component} ({weight:.1%})"


def noise_name(weight: float) -> str:
    """What the legend calls the noise component."""
    return f"noise ({weight:.1%})"


def footnote(axes: "Axes", words: str) -> None:
    """A line between the title and the picture; a title set before makes room for it."""
    if not words:
        return
    title = axes.get_title()
    axes.set_title(title, fontsize=11, pad=18)
    axes.annotate(
        words,
        (0.5, 1.0),
        (0, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=8.5,
        color=GREY,
        ha="center",
        va="bottom",
    )


def tidy(axes: "Axes") -> None:
    """Take away what is not data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=9)


def legend(axes: "Axes", n_components: int, title: str | None = None) -> None:
    """A legend inside the axes for a few components, beside them for many."""
    if n_components <= 6:
        axes.legend(frameon=False, fontsize=9, title=title, title_fontsize=9)
        return
    axes.legend(
        frameon=False,
        fontsize=8,
        title=title,
        title_fontsize=8,
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
    )
