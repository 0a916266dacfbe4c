"""Hansei: retrospectives from sprint metrics.

``analyse`` is the whole middle in one call; everything else is doors around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hansei.core.pipeline import analyse as analyse
    from hansei.core.report import Report as Report

__version__ = "0.1.0"
__all__ = ["Report", "__version__", "analyse"]


def __getattr__(name: str) -> Any:
    if name == "analyse":
        from hansei.core.pipeline import analyse

        return analyse
    if name == "Report":
        from hansei.core.report import Report

        return Report
    raise AttributeError(name)
