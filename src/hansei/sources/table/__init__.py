"""A table with one row per sprint."""

from hansei.sources.table.read import read_table

__all__ = ["read_table"]
