"""Read one answer of a metrics API: bytes in, rows out; no network."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hansei.sources.rows import Row

#: 10,000 sprints of 50 metrics. A body of a few MB can hold millions of tiny values, each far larger in memory.
MAX_VALUES = 500_000


class Malformed(Exception):
    """An answer that is not what the contract says. ``str`` continues "The source … ": "answered with …"."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its rows as they came, where the next one is (None: this is the last), how many values it held."""

    items: tuple[object, ...]
    next: str | None
    values: int


class _Twice(dict[str, object]):
    """An object in which a name comes twice: JSON allows it, nobody can say which value is meant."""


def read_page(body: bytes, content_type: str = "") -> Page:
    """Read an answer.

    Raises:
        Malformed: it is a web page, no JSON, or JSON of another shape.
    """
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<") or "html" in content_type.lower():
        raise Malformed("answered with a web page instead of JSON (often a login page)")
    if not start:
        raise Malformed("answered with nothing")
    values = body.count(b",") + body.count(b"[") + body.count(b"{")
    if values > MAX_VALUES:
        raise Malformed(f"answered with more than {MAX_VALUES:,} values at once")
    try:
        data = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_object)
    except UnicodeDecodeError:
        raise Malformed("answered with text that is not UTF-8") from None
    except RecursionError:
        raise Malformed("answered with JSON that is nested too deeply") from None
    except ValueError as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Malformed(f"answered with something that is not JSON{line}") from None
    return _page(data, values)


def to_row(number: int, item: object) -> Row:
    """Turn one item into a row; what is no object, or has a name twice, comes with its trouble."""
    if isinstance(item, _Twice):
        return Row(number, item, "The row has a name twice: send each metric once.")
    if not isinstance(item, dict):
        return Row(number, {}, "A sprint must be an object with a sprint_id and its metrics.")
    return Row(number, item)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else _Twice(plain)


def _page(data: object, values: int) -> Page:
    if isinstance(data, list):
        return Page(tuple(data), None, values)
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        follow = data.get("next")
        if follow is None or follow == "":
            return Page(tuple(data["items"]), None, values)
        if isinstance(follow, (str, int)) and not isinstance(follow, bool):
            return Page(tuple(data["items"]), str(follow), values)
        raise Malformed("answered with a “next” that is neither an address nor a cursor")
    raise Malformed("answered with JSON that is no list of sprints")
