"""Tables that people bring: CSV, paste, Excel."""

from hansei.core.tables import KINDS, ColumnRead, Question, Reading
from hansei.sources.table.read import read, read_table, still_open
from hansei.sources.table.workbook import is_large

__all__ = ["KINDS", "ColumnRead", "Question", "Reading", "is_large", "read", "read_table", "still_open"]
