"""Who is told of each iteration: the user's callback, and scikit-learn's where it has any.

scikit-learn 1.9 brought callbacks that are set on an estimator and told of its tasks. A fit is a
task; each of its starts is one in it, and each iteration one in its start. A start or an iteration
begins and ends when it is reported, which is once it is done: the loop tells only then.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np

from gaussmix._typing import AnyArray, FloatArray
from gaussmix.density import Components
from gaussmix.em import Callback, Iteration
from gaussmix.estimators.attributes import publish, structure_of
from gaussmix.estimators.validation import feature_names
from gaussmix.mixture import Mixture

try:
    from sklearn.callback import CallbackSupportMixin as CallbackSupport
    from sklearn.callback import with_callbacks as _managed
except ModuleNotFoundError:  # scikit-learn before 1.9

    class CallbackSupport:  # type: ignore[no-redef]  # stands in for theirs
        """Nothing: this scikit-learn has no callbacks."""

    def _managed(method: Any) -> Any:
        return method


__all__ = ["CallbackSupport", "FitTasks", "together", "with_callbacks"]

Method = TypeVar("Method", bound=Callable[..., Any])


def with_callbacks(method: Method) -> Method:
    """The method, after which its estimator's callbacks are told that the fit is over."""
    managed: Method = _managed(method)
    return managed


def together(*callbacks: Callback | None) -> Callback | None:
    """One callback that tells several, and stops where any of them does; None for none."""
    told = [callback for callback in callbacks if callback is not None]
    if not told:
        return None

    def tell(iteration: Iteration) -> bool:
        answers = [callback(iteration) for callback in told]
        return any(answers)

    return tell


class FitTasks:
    """The tasks of one fit, for the callbacks set on its estimator.

    To be made inside a method under `with_callbacks`, which tears the callbacks down.

    Parameters
    ----------
    estimator : estimator
        One with `CallbackSupport`, whose columns are known.
    n_starts, max_iter : int
        The most starts there will be, and iterations in each.
    rows : (N, D) array or None
        What the callbacks see as X; None where the rows are not an array.
    weight : (N,) array or None
    """

    def __init__(
        self,
        estimator: Any,
        n_starts: int,
        max_iter: int,
        rows: AnyArray | None = None,
        weight: FloatArray | None = None,
    ) -> None:
        self._estimator = estimator
        self._max_iter = max_iter
        metadata = None if weight is None else {"sample_weight": weight}
        self._told = {"estimator": estimator, "X": rows, "metadata": metadata}
        self._dtype = np.dtype(np.float64) if rows is None else rows.dtype
        self._start: Any = None
        self._number = -1
        self._root: Any = None
        if hasattr(estimator, "_init_callback_context"):
            self._root = estimator._init_callback_context(max_subtasks=n_starts)  # noqa: SLF001  theirs to call
            self._root.call_on_fit_task_begin(**self._told)

    @property
    def callback(self) -> Callback | None:
        """Tells of an iteration, and asks whether to stop; None where no callbacks are set."""
        return self._tell if getattr(self._estimator, "_skl_callbacks", None) else None

    def end(self, components: Components) -> None:
        """Tell that the fit has ended, and where."""
        if self._root is not None:
            self._end_start()
            self._end(self._root, components)

    def _tell(self, iteration: Iteration) -> bool:
        if self._start is None or iteration.start != self._number:
            self._end_start()
            self._number = iteration.start
            self._start = self._root.subcontext("start", max_subtasks=self._max_iter)
            self._start.call_on_fit_task_begin(**self._told)
        task = self._start.subcontext("iteration")
        task.call_on_fit_task_begin(**self._told)
        return self._end(task, iteration.components)

    def _end(self, task: Any, components: Components) -> bool:
        """End a task that leaves these components; whether to stop."""
        return bool(
            task.call_on_fit_task_end(
                **self._told, reconstruction_attributes=lambda: self._attributes(components)
            )
        )

    def _end_start(self) -> None:
        if self._start is not None:
            self._start.call_on_fit_task_end(**self._told)
            self._start = None

    def _attributes(self, components: Components) -> dict[str, object]:
        """The fitted attributes, had the fit stopped at these components."""
        estimator = self._estimator
        names = feature_names(estimator)
        fitted = SimpleNamespace()
        publish(
            fitted,
            Mixture.from_components(components, structure_of(estimator), names),
            self._dtype,
        )
        return vars(fitted)
