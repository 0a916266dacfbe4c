"""Tables that people bring: CSV, paste, Excel."""

from hansei.core.tables import KINDS, ColumnRead, Question, Reading
from hansei.sources.table.read import read, read_table, still_open

__all__ = ["KINDS", "ColumnRead", "Question", "Reading", "read", "read_table", "still_open"]
