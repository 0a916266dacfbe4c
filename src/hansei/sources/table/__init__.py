"""Tables that people bring: CSV, paste, Excel."""

from hansei.sources.table.read import read, read_table, still_open
from hansei.sources.table.reading import KINDS, ColumnRead, Question, Reading

__all__ = ["KINDS", "ColumnRead", "Question", "Reading", "read", "read_table", "still_open"]
