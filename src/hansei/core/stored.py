"""Reads a report, or a part of one, back from the plain form it was stored in, also by an older version."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from hansei.core.report import Report
from hansei.errors import InvalidInput

Value = TypeVar("Value")


def read_value(kind: type[Value], data: Mapping[str, Any]) -> Value:
    """Return the frozen value of a kind whose plain form this is.

    Raises:
        InvalidInput: a part of it is broken.
    """
    return cast("Value", _value(kind, data, ""))


def read_report(data: Mapping[str, Any]) -> Report:
    """Return the report whose ``to_dict()`` this is.

    Fields that this version does not know are left out; a list, mapping or optional value that the older version
    did not write is empty.

    Raises:
        InvalidInput: this is not a stored report, or a part of it is broken.
    """
    return cast("Report", _value(Report, data, ""))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(kind: Any, raw: Any, where: str) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        value = _union(args, raw, where)
    elif origin is tuple:
        value = _tuple(args, raw, where)
    elif origin is Literal:
        value = raw if raw in args else _broken(where, raw)
    elif kind is datetime:
        value = _moment(raw, where)
    elif isinstance(kind, type) and is_dataclass(kind):
        value = _record(kind, raw, where)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        value = dict(raw) if isinstance(raw, Mapping) else _broken(where, raw)
    else:
        value = _plain(kind, raw, where)
    return value


def _plain(kind: Any, raw: Any, where: str) -> Any:
    if kind is float and isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return float(raw)
    return raw if isinstance(raw, kind) else _broken(where, raw)


def _union(args: tuple[Any, ...], raw: Any, where: str) -> Any:
    if raw is None and type(None) in args:
        return None
    kinds = [a for a in args if a is not type(None)]
    return _value(kinds[0], raw, where)


def _tuple(args: tuple[Any, ...], raw: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(raw, (list, tuple)):
        return cast("tuple[Any, ...]", _broken(where, raw))
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_value(args[0], item, f"{where}/{i}") for i, item in enumerate(raw))
    if len(raw) != len(args):
        return cast("tuple[Any, ...]", _broken(where, raw))
    return tuple(_value(a, item, f"{where}/{i}") for i, (a, item) in enumerate(zip(args, raw, strict=True)))


def _record(kind: type, raw: Any, where: str) -> Any:
    if not isinstance(raw, Mapping):
        return _broken(where, raw)
    hints, out = _hints(kind), {}
    for f in fields(kind):
        if f.name in raw:
            out[f.name] = _value(hints[f.name], raw[f.name], f"{where}/{f.name}")
        elif f.default is MISSING:
            out[f.name] = _empty(hints[f.name], f"{where}/{f.name}")
    return kind(**out)


def _empty(kind: Any, where: str) -> Any:
    """Return what stands for a value that was not stored."""
    origin = get_origin(kind)
    if origin is tuple:
        return ()
    if origin in (Union, types.UnionType) and type(None) in get_args(kind):
        return None
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {}
    return _broken(where, None)


def _moment(raw: Any, where: str) -> datetime:
    if isinstance(raw, datetime):
        return raw
    try:
        return datetime.fromisoformat(raw)
    except (TypeError, ValueError):
        return cast("datetime", _broken(where, raw))


def _broken(where: str, raw: Any) -> Any:
    raise InvalidInput(
        f"This is not a stored report: {where or 'the whole'} cannot be {str(raw)[:60]!r}.",
        remedy="Make the report again from its sprints.",
    )
