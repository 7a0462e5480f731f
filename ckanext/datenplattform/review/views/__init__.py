"""Pages of the review board: agenda, case with vote, submission, withdrawal."""

from . import agenda, case, desk, revision  # noqa: F401 - their routes
from .frame import blueprint

__all__ = ["blueprint"]
