"""The room of messages as a whole."""

import inspect
import pkgutil
from collections import Counter
from importlib import import_module

from gaussmix import errors


def test_no_two_files_have_a_message_of_the_same_name():
    names = Counter(
        name
        for module in pkgutil.iter_modules(errors.__path__)
        for name, value in vars(import_module(f"gaussmix.errors.{module.name}")).items()
        if inspect.isfunction(value) and value.__module__.endswith(f".{module.name}")
        if not name.startswith("_")
    )
    assert [name for name, n in names.items() if n > 1] == []
