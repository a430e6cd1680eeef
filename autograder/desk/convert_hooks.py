"""nbgrader's own hooks around grading a submission: `pre_convert_hook` and `post_convert_hook`."""

from __future__ import annotations

import logging
from collections.abc import Callable

from nbgrader.converters import Autograde

from autograder.desk.submitted import Submission

log = logging.getLogger("autograder")


class ConvertHooks:
    """Calls what nbgrader's configuration names. What a hook raises is logged and costs nothing, as there.

    Args:
        settings: nbgrader's converter, which has read the configuration.
    """

    def __init__(self, settings: Autograde) -> None:
        self.pre: Callable[..., object] | None = settings.pre_convert_hook
        self.post: Callable[..., object] | None = settings.post_convert_hook

    def before(self, submission: Submission) -> bool:
        """Call the hook before a submission is graded; say whether there is one: it may change files."""
        return _call(self.pre, "pre_convert_hook", submission)

    def after(self, submission: Submission) -> None:
        """Call the hook after a submission's marks have been written down."""
        _call(self.post, "post_convert_hook", submission)


def _call(hook: Callable[..., object] | None, name: str, submission: Submission) -> bool:
    if hook is None:
        return False
    notebooks = sorted(str(path) for path in submission.folder.glob("*.ipynb"))
    try:
        hook(assignment=submission.assignment, student=submission.student, notebooks=notebooks)
    except Exception:
        log.exception("c.Autograde.%s failed for %s", name, submission)
    return True
