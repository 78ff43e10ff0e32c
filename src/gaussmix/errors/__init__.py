"""What users are told: statuses, exceptions, warnings and every message.

A message says what was expected, what came, and what to try. Where scikit-learn has a
sentence for the case, ours opens with that sentence, so that code which matches it still does.
"""

from gaussmix.errors.algebra import *  # noqa: F403  the room's files are one namespace
from gaussmix.errors.beliefs import *  # noqa: F403  as above
from gaussmix.errors.classes import *  # noqa: F403  as above
from gaussmix.errors.cluster import *  # noqa: F403  as above
from gaussmix.errors.command import *  # noqa: F403  as above
from gaussmix.errors.distribution import *  # noqa: F403  as above
from gaussmix.errors.factors import *  # noqa: F403  as above
from gaussmix.errors.fits import *  # noqa: F403  as above
from gaussmix.errors.imputing import *  # noqa: F403  as above
from gaussmix.errors.input import *  # noqa: F403  as above
from gaussmix.errors.merging import *  # noqa: F403  as above
from gaussmix.errors.outliers import *  # noqa: F403  as above
from gaussmix.errors.parameters import *  # noqa: F403  as above
from gaussmix.errors.priors import *  # noqa: F403  as above
from gaussmix.errors.regression import *  # noqa: F403  as above
from gaussmix.errors.resampling import *  # noqa: F403  as above
from gaussmix.errors.selection import *  # noqa: F403  as above
from gaussmix.errors.storage import *  # noqa: F403  as above
from gaussmix.errors.synthesis import *  # noqa: F403  as above
from gaussmix.errors.tails import *  # noqa: F403  as above
from gaussmix.errors.verbs import *  # noqa: F403  as above
