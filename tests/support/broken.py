"""Answers of a language-model service that are no answers, by name: what F29 of the reliability page goes through."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping

from support.model import PAYLOADS, Asked, Behave, answer, completion
from support.upstream import Raw, Reply, cut_off, drip_body, drip_head, endless, stall

_LIMIT = json.loads((PAYLOADS / "openai_error_429.json").read_text(encoding="utf-8"))


def _always(reply: Reply | Raw) -> Behave:
    return lambda _asked: reply


def _reset(connection: socket.socket, over: threading.Event) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def _redirect(asked: Asked) -> Reply:
    """Send the caller elsewhere, and its key back to it."""
    key = asked.headers.get("authorization", "").removeprefix("Bearer ")
    return Reply(b"", 307, {"Location": f"https://{key}.example/{key}?{key}#{key}"})


def _good(asked: Asked) -> str:
    return answer({p["part"]: p["template"] for p in asked.data["parts"]})


def _truncated(asked: Asked) -> Reply:
    return completion(_good(asked)[:90], finish_reason="length")


def _tool(asked: Asked) -> Reply:
    call = {"id": "call_1", "type": "function", "function": {"name": "fetch", "arguments": "{}"}}
    return completion(None, finish_reason="tool_calls", message={"tool_calls": [call]})


#: Those that would go on for ever: only the budget ends them.
SLOW = ("says nothing (time-out)", "one byte at a time", "headers that never end")
#: name → (how the service behaves, a word of what the report's small print then says)
BROKEN: Mapping[str, tuple[Behave, str]] = {
    "says nothing (time-out)": (_always(stall), "within"),
    "one byte at a time": (_always(drip_body), "within"),
    "headers that never end": (_always(drip_head), "within"),
    "breaks off": (_always(cut_off), "broke off"),
    "hangs up": (_always(_reset), "broke off"),
    "429, Retry-After an hour": (_always(Reply(_LIMIT, 429, {"Retry-After": "3600"})), "429"),
    "429 each time": (_always(Reply(_LIMIT, 429, {"Retry-After": "0"})), "429"),
    "500 each time": (_always(Reply(b"", 500)), "500"),
    "401": (_always(Reply({"error": {"message": "bad key"}}, 401)), "401"),
    "404": (_always(Reply({"error": {"message": "no such model"}}, 404)), "404"),
    "redirect": (_redirect, "redirects"),
    "truncated": (_truncated, "form"),
    "not JSON inside": (_always(completion("Here is your report! Review time rose.")), "form"),
    "wrong schema": (_always(completion(json.dumps({"paragraphs": "none", "headline": 7}))), "form"),
    "too long a field": (_always(completion(answer({"headline": "x" * 401}))), "form"),
    "refusal": (_always(completion(None, message={"refusal": "I cannot help with that."})), ""),
    "empty text": (_always(completion("")), "form"),
    "empty body": (
        _always(Reply(b"", 200, {"Content-Type": "application/json"})),
        "not an answer of a model",
    ),
    "empty object": (_always(completion("{}")), ""),
    "no choices": (_always(Reply({"id": "x", "object": "chat.completion", "choices": []})), "form"),
    "a tool call": (_tool, "form"),
    "HTML with 200": (
        _always(Reply(b"<html><h1>Sign in</h1></html>", 200, {"Content-Type": "text/html"})),
        "form",
    ),
    "broken JSON": (_always(Reply(b'{"id": "x", "choices": [')), "not an answer of a model"),
    "1 MB": (_always(completion("a" * 1_000_000)), "larger"),
    "endless": (_always(endless), "larger"),
}
