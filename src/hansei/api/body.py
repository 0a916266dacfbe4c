"""Reading a JSON body before anything else sees it: size, type, depth, and text that no database can keep."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from hansei.api.problems import BadJson, TooLarge, WrongMediaType, pointer
from hansei.errors import InvalidInput, Problem

BODY_LIMIT = 1_000_000
BULK_LIMIT = 5_000_000
#: A table of 5 MB in a form, as the page of its preview sends it back.
UPLOAD_LIMIT = 7_500_000
#: A body that is too large is still read up to here, so that the client gets the answer and not a broken pipe.
DRAIN_LIMIT = 32_000_000
DEPTH_LIMIT = 16
#: What a table may be marked as; its content tells what it is.
TABLES = (
    "text/csv",
    "text/plain",
    "text/tab-separated-values",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)
#: From this size on reading JSON goes to a thread: it would hold up every other request.
LARGE = 50_000


class _Doubled(dict[str, Any]):
    """An object in which a key came twice: nothing tells which value was meant."""

    key = ""


def too_large(most: int) -> TooLarge:
    """Return what is said about a body over the limit."""
    return TooLarge(
        f"The body is larger than {most // 1_000_000} MB.",
        remedy="Send less at a time: nothing was read of it.",
    )


def limit(path: str) -> int:
    """Return how many bytes a body to this path may have."""
    if path == "/dashboard/imports":
        return UPLOAD_LIMIT
    return BULK_LIMIT if path.endswith(("/sprints", "/imports")) else BODY_LIMIT


def media_type(content_type: str) -> str:
    """Return a content type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_table(path: str, content_type: str) -> bool:
    """Say whether a body is a table, which is no JSON: only imports take one."""
    return path.endswith("/imports") and media_type(content_type) in TABLES


def check_type(content_type: str, path: str) -> None:
    """Do nothing where the body is marked as JSON.

    Raises:
        WrongMediaType: it is not.
    """
    kind = media_type(content_type)
    if kind != "application/json":
        shown = f"“{kind[:60]}”" if kind else "nothing"
        if kind == "multipart/form-data" and path.endswith("/imports"):
            raise WrongMediaType(
                "The body is a form, and a table is taken without one.",
                remedy="Send the file itself as the body: curl --data-binary @table.csv -H 'Content-Type: text/csv' …",
            )
        also = f", or one of {', '.join(TABLES)}" if path.endswith("/imports") else ""
        raise WrongMediaType(
            f"The body is marked as {shown}.",
            remedy=f"Send it with the header Content-Type: application/json{also}.",
        )


def check_json(body: bytes) -> None:
    """Do nothing where the body is an object or a list that can be used and stored.

    Raises:
        BadJson: it is not JSON.
        InvalidInput: NaN or an infinity, a key that comes twice, a text that cannot be stored, too deep, or neither
            object nor list.
    """
    try:
        value = json.loads(
            body.decode(), parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_object
        )
    except InvalidInput:
        raise
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise BadJson(
            f"The body is not JSON: {_where(error)}.", remedy="Correct it and send it again."
        ) from None
    if not isinstance(value, (dict, list)):
        raise _wrong("", "The body must be a JSON object.")
    for path, text in _texts(value):
        if "\x00" in text or not _encodable(text):
            where = pointer(_shown(p) for p in path)
            raise _wrong(
                where, "A text holds a character that cannot be stored (NUL or half of a pair): remove it."
            )


def _texts(value: Any) -> Iterator[tuple[tuple[object, ...], str]]:
    """Walk over every text and key with its place, without recursion."""
    waiting: list[tuple[tuple[object, ...], Any]] = [((), value)]
    while waiting:
        path, item = waiting.pop()
        if len(path) > DEPTH_LIMIT:
            raise _too_deep()
        if isinstance(item, str):
            yield path, item
        elif isinstance(item, dict):
            if isinstance(item, _Doubled):
                raise _doubled(path, item.key)
            for key, inner in item.items():
                yield path, key
                if isinstance(inner, (dict, list, str)):
                    waiting.append(((*path, key), inner))
        elif isinstance(item, list):
            waiting.extend(((*path, i), x) for i, x in enumerate(item) if isinstance(x, (dict, list, str)))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    doubled = _Doubled(made)
    counted = Counter(key for key, _ in pairs)
    doubled.key = next(key for key, times in counted.items() if times > 1)
    return doubled


def _doubled(path: tuple[object, ...], key: str) -> InvalidInput:
    where = pointer(_shown(p) for p in (*path, key))
    return _wrong(where, f"“{_shown(key)}” comes more than once in one object: send it once.")


def _encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)


def _shown(part: object) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(part)[:60])


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _wrong("", "A number is too large to be held.", remedy="Leave out what was not measured.")
    return number


def _no_constant(name: str) -> NoReturn:
    raise _wrong("", f"{name} is not a value.", remedy="Leave out what was not measured.")


def _too_deep() -> InvalidInput:
    return _wrong("", f"The body nests deeper than {DEPTH_LIMIT} levels.")


def _where(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "a number is too long"


def _wrong(where: str, sentence: str, *, remedy: str = "") -> InvalidInput:
    return InvalidInput(sentence, remedy=remedy, problems=(Problem(where, sentence),))
