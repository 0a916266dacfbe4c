"""Fetch sprints from a metrics API: paging, key, retries, one deadline for all of it."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial

import httpx

from hansei.core.ports import Fetched, Progress
from hansei.errors import AccessLost, SourceRefused, SourceUnavailable
from hansei.sources.egress import Answer, Deadline, Egress, EgressFailed, EgressRefused, parse_url, shown
from hansei.sources.metrics_api.parse import MAX_VALUES, Malformed, Page, read_page, to_row
from hansei.sources.rows import extra_names, gather, left_out, most_recent

Tell = Callable[[str], None]

MAX_PAGES = 100
MAX_ROWS = 20_000
FIRST_WAIT = 0.5
LONGEST_WAIT = 8.0
_RETRIED = (408, 425, 429)
_CONTRACT = "Compare its answer with docs/howto/own-metrics-api.md."


class MetricsApi:
    """One metrics API as a source (see README.md beside this file for the contract).

    ``seconds`` is the deadline of a whole fetch, all pages and retries included; ``attempts`` counts the tries of
    one page. ``rng`` draws the jitter; ``sleep`` waits. The key is in no message, log line or repr.
    """

    def __init__(
        self,
        url: str,
        key: str | None,
        *,
        name: str,
        egress: Egress,
        seconds: float = 60.0,
        attempts: int = 4,
        rng: random.Random | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self._url = url
        self._key = key.strip() if key else None
        self._egress = egress
        self._seconds = seconds
        self._attempts = attempts
        self._rng = rng or random.Random()  # noqa: S311  (jitter, not a secret)
        self._sleep = sleep

    def __repr__(self) -> str:
        return f"MetricsApi(name={self.name!r})"

    def fetch(self, count: int, team_id: str | None, progress: Progress) -> Fetched:
        """Return the ``count`` most recent sprints, oldest first.

        Raises:
            SourceRefused: the address or key is not accepted, or the answer cannot be read.
            SourceUnavailable: no proper answer within the deadline.
        """
        first = self._first(count, team_id)
        items = self._pages(first, count, Deadline(self._seconds), progress)
        found = gather(to_row(number, item) for number, item in enumerate(items))
        notes = [*found.notes, *left_out(items)]
        kept = most_recent(found.sprints, count)
        if len(kept) < len(found.sprints):
            notes.append(
                f"The source sent {len(found.sprints)} sprints where {count} were asked for; "
                f"the {count} most recent were taken."
            )
        if not items:
            notes.append("The source knows no sprints" + (f" of the team {team_id}." if team_id else "."))
        return replace(found, sprints=kept, unknown_names=extra_names(kept), notes=tuple(notes))

    def _first(self, count: int, team_id: str | None) -> httpx.URL:
        try:
            base = parse_url(self._url)
        except EgressRefused as error:
            raise SourceRefused(f"The source “{self.name}”: {error.reason}.", remedy=error.remedy) from None
        if self._key is not None and not (self._key.isascii() and self._key.isprintable()):
            raise self._refused(
                base, "cannot be asked: its key holds characters that no key has", "Enter the key again."
            )
        path, _, query = base.raw_path.partition(b"?")
        raw_path = path.rstrip(b"/") + b"/sprints" + (b"?" + query if query else b"")
        asked = {"count": str(count)} | ({"team_id": team_id} if team_id is not None else {})
        return base.copy_with(raw_path=raw_path, fragment=None).copy_merge_params(asked)

    def _pages(self, first: httpx.URL, count: int, deadline: Deadline, progress: Progress) -> list[object]:
        items: list[object] = []
        seen = {str(first)}
        url, values = first, 0
        for number in range(1, MAX_PAGES + 1):
            tell = partial(progress, min(70, 5 + 5 * number))
            tell("asking the source" if number == 1 else f"reading page {number}")
            page = self._page(url, first, deadline, tell)
            items += page.items
            values += page.values
            if values > MAX_VALUES or len(items) > MAX_ROWS:
                raise self._refused(
                    first,
                    f"sent more than {MAX_ROWS:,} sprints or {MAX_VALUES:,} values",
                    "Let it honour count.",
                )
            if page.next is None:
                return items
            url = self._next(first, page.next)
            if str(url) in seen:
                raise self._refused(
                    first,
                    "names a page as its next one that was read before",
                    "Let “next” be null at the end.",
                )
            seen.add(str(url))
        raise self._refused(
            first,
            f"still had more after {MAX_PAGES} pages, where {count} sprints were asked for",
            "Let it honour count, or put more sprints on a page.",
        )

    def _next(self, first: httpx.URL, follow: str) -> httpx.URL:
        if not (follow.startswith("/") or "?" in follow or "://" in follow):
            return first.copy_set_param("cursor", follow)
        try:
            url = first.join(follow).copy_with(fragment=None)
        except (httpx.InvalidURL, ValueError):
            raise self._refused(first, "names a next page that is no address", _CONTRACT) from None
        if _origin(url) != _origin(first):
            raise self._refused(
                first,
                "names a next page on another host, which the key must not reach",
                "Let “next” stay on the same host.",
            )
        return url

    def _page(self, url: httpx.URL, first: httpx.URL, deadline: Deadline, tell: Tell) -> Page:
        """Get one page; try again where that may help, as long as tries and time are left.

        Errors name ``first``: the source wrote the address of a later page, and may repeat its key in it.
        """
        attempt = 0
        while True:
            attempt += 1
            wait: float | None = None
            try:
                answer = self._egress.get(str(url), headers=self._headers(), deadline=deadline)
            except EgressRefused as error:
                raise self._refused(first, f"cannot be used: {error.reason}", error.remedy) from None
            except EgressFailed as error:
                why = error.reason
            else:
                if not _may_recover(answer.status):
                    return self._read(first, answer)
                why, wait = f"it answered {answer.status}", _retry_after(answer)
            self._pause(first, attempt, wait, why, deadline, tell)

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "hansei"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return headers

    def _pause(
        self,
        url: httpx.URL,
        attempt: int,
        asked: float | None,
        why: str,
        deadline: Deadline,
        tell: Tell,
    ) -> None:
        wait = self._rng.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2**attempt))
        if asked is not None:
            wait = asked + min(wait, 1.0)  # never earlier than asked, and not all teams at once
        if asked is not None and asked >= deadline.left() > 0:
            why += f" and asks for a pause of {math.ceil(asked)} s"
        elif attempt < self._attempts and wait < deadline.left():
            while wait > 0:
                tell("waiting for the source")  # raises when the task is cancelled
                self._sleep(min(wait, 1.0))
                wait -= 1.0
            return
        tries = "1 try" if attempt == 1 else f"{attempt} tries"
        raise SourceUnavailable(
            f"The source “{self.name}” ({shown(url)}) is not available: {why} ({tries}).",
            remedy="Try again later, or ask whoever runs it.",
        )

    def _read(self, url: httpx.URL, answer: Answer) -> Page:
        if answer.status != 200:
            what, remedy = _status(answer.status, keyed=self._key is not None)
            kind = AccessLost if answer.status in (401, 403, 404) else SourceRefused
            raise kind(f"The source “{self.name}” ({shown(url)}) {what}.", remedy=remedy)
        try:
            return read_page(answer.body, answer.headers.get("content-type", ""))
        except Malformed as error:
            raise self._refused(url, str(error), f"Check the address. {_CONTRACT}") from None

    def _refused(self, url: httpx.URL, what: str, remedy: str) -> SourceRefused:
        return SourceRefused(f"The source “{self.name}” ({shown(url)}) {what}.", remedy=remedy)


def _may_recover(status: int) -> bool:
    return status in _RETRIED or status >= 500


def _status(status: int, *, keyed: bool) -> tuple[str, str]:
    if status == 401:
        return "does not accept the key (401)" if keyed else "wants a key (401)", (
            "Check the source's key; the default source takes it from HANSEI_METRICS_API_KEY."
        )
    if status == 403:
        return "does not let this key read sprints (403)", "Give the key read access, or use another key."
    if status == 404:
        return "has nothing at this address (404)", (
            "Check the base address (without /sprints at its end) and the team id."
        )
    return f"answered {status}", _CONTRACT


def _retry_after(answer: Answer) -> float | None:
    """Return the seconds of a Retry-After header (a number, or an HTTP date), None where there is none."""
    raw = answer.headers.get("retry-after", "").strip()
    if raw.isascii() and raw.isdigit():
        return float(raw[:9])
    try:
        moment = parsedate_to_datetime(raw)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host.lower(), url.port
