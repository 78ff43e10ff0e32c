"""The files that a path, a folder, a pattern or a list of them stands for."""

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from gaussmix import errors

Paths: TypeAlias = str | os.PathLike[str]


def list_files(paths: Paths | Sequence[Paths]) -> list[str]:
    """The files that paths, folders and patterns stand for.

    Parameters
    ----------
    paths : path or sequence of paths

    Raises
    ------
    OSError
        Where one is missing.
    ValueError
        Where there is no file in a folder or for a pattern.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else paths
    if not given:
        raise errors.no_files_given()
    return [file for path in given for file in _files_at(os.fspath(path))]


def _files_at(path: str) -> list[str]:
    """The files that one path stands for."""
    place = Path(path)
    if place.is_dir():
        files = sorted(str(entry) for entry in place.iterdir() if _is_data(entry))
        if not files:
            folders = sorted(entry.name for entry in place.iterdir() if entry.is_dir())
            raise errors.folder_without_files(path, folders)
        return files
    if place.exists() or not glob.has_magic(path):
        return [path]
    # Path.glob takes no absolute patterns.
    files = sorted(file for file in glob.glob(path, recursive=True) if _is_data(Path(file)))  # noqa: PTH207
    if not files:
        raise _no_match(path)
    return files


def _is_data(path: Path) -> bool:
    """Whether it is a file, and none of those that mark what other files are."""
    return path.is_file() and not path.name.startswith((".", "_"))


def _no_match(pattern: str) -> ValueError:
    """Error for a pattern, with what its deepest folder without wildcards holds."""
    folder = Path(pattern).parent
    while glob.has_magic(str(folder)):
        folder = folder.parent
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else None
    return errors.pattern_without_files(pattern, str(folder), names)
