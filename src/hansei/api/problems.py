"""What goes wrong, said in RFC 9457: the one place where the family of errors meets status codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from http import HTTPStatus
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from hansei import errors
from hansei.api.pace import TooManyRequests
from hansei.services.access import Forbidden

MEDIA_TYPE = "application/problem+json"
#: A body can be wrong in a thousand places; the first ones tell enough.
MOST_ERRORS = 20
#: Seconds to wait before asking again, as ``Retry-After`` says.
LATER = {429: 30, 503: 2}


class BadJson(errors.InvalidInput):
    """The body is not JSON at all."""

    title = "The body is not JSON"


class TooLarge(errors.InvalidInput):
    """The body is larger than the route takes."""

    title = "The body is too large"


class WrongMediaType(errors.InvalidInput):
    """The body is not marked as JSON."""

    title = "The body must be JSON"


class NotAcceptable(errors.InvalidInput):
    """Nothing the caller accepts can be given."""

    title = "None of the accepted formats exists"


#: The first match counts, so narrower classes stand first.
STATUS: tuple[tuple[type[errors.HanseiError], int], ...] = (
    (BadJson, 400),
    (TooLarge, 413),
    (WrongMediaType, 415),
    (NotAcceptable, 406),
    (errors.InvalidInput, 422),
    (TooManyRequests, 429),
    (errors.NotFound, 404),
    (errors.TooManyWaiting, 429),
    (errors.Conflict, 409),
    (Forbidden, 403),
    (errors.AccessDenied, 401),
    (errors.AnalysisRefused, 422),
    (errors.SourceError, 502),
    (errors.NotReady, 503),
)


class FieldProblem(BaseModel):
    """One thing that is wrong with what was sent."""

    pointer: str = Field(description="RFC 6901 pointer into the body, or / and the parameter's name.")
    detail: str
    where: Annotated[str, Field(serialization_alias="in", description="body, query, path or header.")] = (
        "body"
    )


class ProblemDetails(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="What kind of problem; stable.")
    title: str
    status: int
    detail: str = Field(description="What is wrong and what to do.")
    instance: str = Field(description="The path that was asked.")
    errors: list[FieldProblem] = Field(default=[], description="Each wrong field, the first 20 of them.")


def status_of(error: errors.HanseiError) -> int:
    """Return the status code for an error of the family."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def of_error(error: errors.HanseiError, path: str) -> Response:
    """Answer an error of the family."""
    status = status_of(error)
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in LATER:
        headers["Retry-After"] = str(getattr(error, "seconds", LATER[status]))
    fields = [
        FieldProblem(pointer=p.pointer, detail=p.detail, where=p.where) for p in error.problems[:MOST_ERRORS]
    ]
    return answer(
        status, error.title, error.sentence(), path, fields, kind=_slug(type(error)), headers=headers
    )


def of_http(error: HTTPException, path: str, allowed: str = "") -> Response:
    """Answer what the framework refuses: no such path, no such method (``allowed``: those there are)."""
    status = error.status_code
    headers = {"Allow": allowed} if allowed else {}
    sentence = {
        404: "There is nothing at this path. GET /docs lists the paths there are.",
        405: f"This method is not possible here. Possible: {allowed}.",
    }.get(status, "The request could not be read.")
    phrase = HTTPStatus(status).phrase
    return answer(status, phrase, sentence, path, kind=phrase.lower().replace(" ", "-"), headers=headers)


def of_validation(error: RequestValidationError, path: str, known: Sequence[str] = ()) -> Response:
    """Answer a request whose shape is wrong; ``known`` are the fields that its body may have."""
    found = [_field(e, known) for e in error.errors()]
    first = found[0].detail if found else "The request has the wrong shape."
    more = f" ({len(found) - 1} more: see errors.)" if len(found) > 1 else ""
    title = errors.InvalidInput.title
    return answer(422, title, first + more, path, found[:MOST_ERRORS], kind="invalid-input")


def of_bug(path: str) -> Response:
    """Answer an error of ours; what happened is in the log and nowhere else."""
    sentence = "Something went wrong inside Hansei. Nothing was changed; the log of the API says what it was."
    return answer(500, "Internal error", sentence, path, kind="internal-error")


def answer(
    status: int,
    title: str,
    detail: str,
    path: str,
    fields: Sequence[FieldProblem] = (),
    *,
    kind: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Build the response."""
    body = ProblemDetails(
        type=f"urn:hansei:problem:{kind}",
        title=title,
        status=status,
        detail=detail,
        instance=path[:200],
        errors=list(fields),
    )
    return JSONResponse(body.model_dump(by_alias=True), status, dict(headers or {}), MEDIA_TYPE)


def documented(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's ``responses`` for problems with these codes."""
    said = {
        400: "The body is not JSON, or the request cannot be read.",
        401: "No token, or one that is not valid.",
        403: "The token's scope does not reach, or a browser or proxy asks in local mode.",
        404: "There is no such object.",
        406: "None of the accepted formats exists.",
        409: "The object's state does not allow it.",
        413: "The body is too large.",
        415: "The body is not marked as JSON.",
        422: "Something in the request is wrong; `errors` says what.",
        429: "Too many requests with this token, or too many tasks of the team wait; try again after `Retry-After` "
        "seconds.",
        502: "The source does not answer as it should; the detail says why.",
        503: "The database does not answer; try again after `Retry-After` seconds.",
    }
    return {code: {"description": said[code], "model": ProblemDetails} for code in sorted(codes)}


AS_OBJECT, AS_LIST = "(as an object)", "(as a list)"
"""The two forms of a bulk body; pydantic names the form it tried, and no pointer may."""


def _slug(kind: type[errors.HanseiError]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def pointer(parts: Iterable[object]) -> str:
    """Return the RFC 6901 pointer for a path of keys and indices."""
    return "".join(f"/{str(p)[:60].replace('~', '~0').replace('/', '~1')}" for p in parts)


def unknown_parameter(name: str, known: Sequence[str]) -> dict[str, Any]:
    """Return the framework's form of an error: the query has a parameter that the route does not take."""
    possible = _meant(name, known) or " None is taken here."
    return _in_query(name, f"There is no parameter “{name[:60]}” here.{possible}")


def doubled_parameter(name: str) -> dict[str, Any]:
    """Return the framework's form of an error: the query has a parameter twice that is taken once."""
    return _in_query(name, f"“{name[:60]}” was sent more than once; send it once.")


def _in_query(name: str, sentence: str) -> dict[str, Any]:
    said = {"error": ValueError(sentence)}
    return {"type": "value_error", "loc": ("query", name), "msg": sentence, "ctx": said}


def _field(error: Mapping[str, Any], known: Sequence[str]) -> FieldProblem:
    loc: tuple[Any, ...] = tuple(error["loc"])
    where = str(loc[0]) if loc else "body"
    inside = tuple(part for part in loc[1:] if part not in (AS_OBJECT, AS_LIST))
    return FieldProblem(pointer=pointer(inside), detail=_say(error, inside, known), where=where)


def _say(error: Mapping[str, Any], place: Sequence[object], known: Sequence[str]) -> str:
    name = str(place[-1])[:60] if place else "The body"
    what = f"“{name}”"
    if len(place) > 1 and isinstance(place[-1], int):  # people count from 1, and know the list by its name
        what = f"Entry {place[-1] + 1} of “{str(place[-2])[:60]}”"
    kind, context = str(error["type"]), error.get("ctx") or {}
    if isinstance(context.get("error"), ValueError):
        return str(context["error"])
    plain = {
        "missing": f"{what} is needed.",
        "int_type": f"{what} must be a whole number.",
        "int_from_float": f"{what} must be a whole number.",
        "int_parsing": f"{what} must be a whole number.",
        "bool_type": f"{what} must be true or false.",
        "string_type": f"{what} must be a text.",
        "list_type": f"{what} must be a list.",
        "dict_type": f"{what} must be an object.",
        "model_type": f"{what} must be an object.",
        "model_attributes_type": f"{name} must be a JSON object.",
        "extra_forbidden": f"There is no field “{name}” here.{_meant(name, known)}",
    }
    if kind in plain:
        return plain[kind]
    bounds = {
        "greater_than_equal": "must be at least {ge}.",
        "less_than_equal": "must be at most {le}.",
        "string_too_long": "must have at most {max_length} characters.",
        "string_too_short": "must have at least {min_length} characters.",
        "too_long": "must have at most {max_length} entries.",
        "too_short": "must have at least {min_length} entries.",
        "literal_error": "must be {expected}.",
        "enum": "must be {expected}.",
        "string_pattern_mismatch": "has a form or characters that are not allowed here.",
    }
    if kind in bounds:
        return f"{what} " + bounds[kind].format_map(context).replace("least 1 entries", "least 1 entry")
    return f"{what}: {error['msg']}."


def _meant(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" Did you mean “{close[0]}”?" if close else f" Possible: {', '.join(known)}." if known else ""
