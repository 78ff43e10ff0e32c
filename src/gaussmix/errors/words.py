"""Turns of phrase that messages share."""

import difflib
from collections.abc import Iterable, Sequence


def near(name: object, known: Sequence[str]) -> str:
    """Question that suggests the known word nearest to a name, whatever its case; or nothing."""
    by_lower = {word.lower(): word for word in reversed(known)}
    found = difflib.get_close_matches(str(name).lower(), by_lower, n=1, cutoff=0.5)
    return f" Did you mean {by_lower[found[0]]!r}?" if found else ""


def listed(words: Iterable[object], limit: int | None = 10) -> str:
    """Words in quotes with commas; the first `limit` (None: all) and how many more."""
    names = [repr(word) for word in words]
    hidden = 0 if limit is None else len(names) - limit
    return ", ".join(names[:limit]) + (f" and {hidden} more" if hidden > 0 else "")


def titled(criterion: str) -> str:
    """What a criterion is called in a sentence: BIC, AICc."""
    return {"aicc": "AICc"}.get(criterion, criterion.upper())


def counted(n: int, word: str) -> str:
    """A number with its word: 1 row, 2 rows, 2 batches."""
    if n == 1:
        return f"{n} {word}"
    return f"{n} {word}es" if word.endswith(("ch", "ss")) else f"{n} {word}s"
