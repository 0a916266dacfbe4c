"""Exit codes, in one place. Scripts may rely on them; ``docs/reference/cli.md`` prints this table."""

from __future__ import annotations

from hansei import errors

OK = 0
WENT_WRONG = 1
INTERRUPTED = 130

CODES: tuple[tuple[int, str, tuple[type[errors.HanseiError], ...]], ...] = (
    (2, "wrong usage, or input that cannot be used as it is", (errors.InvalidInput,)),
    (3, "no such team, report, task or token", (errors.NotFound,)),
    (4, "no report can be made from this data", (errors.AnalysisRefused,)),
    (5, "trouble with the metrics source", (errors.SourceError,)),
    (6, "the installation is not ready: setup, database, broker", (errors.NotReady,)),
    (7, "not possible in this state", (errors.Conflict,)),
    (8, "access denied", (errors.AccessDenied,)),
    (9, "the task was stopped", (errors.TaskStopped,)),
)

MEANINGS: tuple[tuple[int, str], ...] = (
    (OK, "done"),
    (WENT_WRONG, "anything else that went wrong; `doctor` found something; `demo` missed what was planted"),
    *((code, meaning) for code, meaning, _ in CODES),
    (INTERRUPTED, "interrupted by Ctrl-C (`up` ends with 0: that is how one stops it)"),
)


def code_of(error: errors.HanseiError) -> int:
    """Return the exit code for an error of the family."""
    return next((code for code, _, kinds in CODES if isinstance(error, kinds)), WENT_WRONG)


def code_of_name(name: str | None) -> int:
    """Return the exit code for an error's class name, as a task's row keeps it."""
    kind = getattr(errors, name or "", None)
    if isinstance(kind, type) and issubclass(kind, errors.HanseiError):
        return code_of(kind(""))
    return WENT_WRONG
