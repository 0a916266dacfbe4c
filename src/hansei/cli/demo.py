"""``hansei demo``: two teams through the whole service, over HTTP, with the real worker, in a temporary folder."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from hansei import sample
from hansei.cli import exits, files, screen
from hansei.cli.stack import Plan, Stack, stop_on_signals
from hansei.errors import NotReady

if TYPE_CHECKING:
    import httpx

    from hansei.core.ports import Progress

SPRINTS_SYNCED = 100
SPRINTS_REVIEWED = 12
TASK_SECONDS = 50.0


@dataclass(slots=True)
class Shown:
    """One team on its way through: what is running for it, and what came out."""

    team: sample.Team
    task_id: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    markdown: str = ""
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was planted in the simulated team, and at which place among the leads it was found (None: not)."""

    cause: str
    onset: str
    place: int | None
    title: str | None
    probability: float | None
    changes: tuple[str, ...]


def run(out: Path, *, as_json: bool) -> int:
    """Run the demo; return the exit code: 1 where the planted cause is not among the leads.

    Raises:
        NotReady: something does not start or does not answer.
    """
    began = monotonic()
    files.folder(out)
    folder = Path(tempfile.mkdtemp(prefix="hansei-demo-"))
    environ = _own_settings(folder)
    shown = [Shown(team) for team in sample.teams()]
    from hansei.bootstrap import configure_logging, wire

    configure_logging("WARNING")
    wiring = wire(environ)
    stack = Stack(wiring, Plan(sample=True), say=screen.say, environ={**os.environ, **environ})
    stack.temporary(folder)
    with stop_on_signals(stack.stopping), stack:
        screen.say("Starting the service in a temporary folder …")
        if not stack.wait_ready():
            raise KeyboardInterrupt
        screen.say(f"It answers on {stack.address}. Two teams come from the sample metrics API over HTTP.")
        _through(stack, shown)
        wiring.database.close()
    for one in shown:
        _write(one, out)
    verdict = judge(next(s.report for s in shown if s.team.team_id == sample.SIMULATED))
    seconds = round(monotonic() - began, 1)
    (_print_json if as_json else _print)(shown, verdict, seconds)
    return exits.OK if verdict.place is not None else exits.WENT_WRONG


def judge(report: Mapping[str, Any]) -> Verdict:
    """Look for the planted cause among the leads of the simulated team's report."""
    truth = sample.truth()
    leads = report["hypotheses"]
    place = next((i for i, lead in enumerate(leads, 1) if lead["family"] == truth.cause), None)
    lead = leads[place - 1] if place else None
    return Verdict(
        cause=truth.cause,
        onset=truth.onset_sprint_name,
        place=place,
        title=lead["title"] if lead else None,
        probability=lead["probability"] if lead else None,
        changes=tuple(
            f"{s['title']} since {s['since_sprint_name']}" for s in report["signals"] if s["significant"]
        ),
    )


def _own_settings(folder: Path) -> dict[str, str]:
    """Return settings that owe nothing to the ones around us, not even to a .env file."""
    from hansei.settings import PREFIX, SECRETS, Settings

    names = [*Settings.model_fields, *(f"{name}_file" for name in SECRETS)]
    own = {f"{PREFIX}{name.upper()}": "" for name in names}
    return own | {"HANSEI_DATA_DIR": str(folder), "HANSEI_PORT": "0"}


def _through(stack: Stack, shown: list[Shown]) -> None:
    import httpx

    with httpx.Client(base_url=stack.address, timeout=10, trust_env=False) as api, screen.bars() as add:
        moves = {s.team.team_id: add(s.team.team_id) for s in shown}
        for one in shown:
            body = {"team_id": one.team.team_id, "sprint_count": SPRINTS_SYNCED}
            one.task_id = _post(api, "/tasks/metrics/sync", body)
        _wait(stack, api, shown, moves, "syncing")
        for one in shown:
            body = {"team_id": one.team.team_id, "sprint_count": SPRINTS_REVIEWED}
            one.task_id = _post(api, "/tasks/reports/generate", body)
        results = _wait(stack, api, shown, moves, "reporting")
        for one in shown:
            report_id = results[one.task_id]["report_id"]
            one.report = _get(api, f"/reports/{report_id}").json()
            one.markdown = _get(api, f"/reports/{report_id}.md").text


def _post(api: httpx.Client, path: str, body: Mapping[str, Any]) -> str:
    return str(_checked(api.post(path, json=body)).json()["task_id"])


def _get(api: httpx.Client, path: str) -> httpx.Response:
    return _checked(api.get(path))


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        raise NotReady(
            f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {answer.text}"
        )
    return answer


def _wait(
    stack: Stack, api: httpx.Client, shown: list[Shown], moves: Mapping[str, Progress], what: str
) -> dict[str, dict[str, Any]]:
    """Follow one task of each team to its end; return their results."""
    results: dict[str, dict[str, Any]] = {}
    deadline = monotonic() + TASK_SECONDS
    while len(results) < len(shown):
        stack.poll()
        if stack.stopping.wait(0.05):
            raise KeyboardInterrupt
        if monotonic() > deadline:
            raise NotReady(f"The {what} took longer than {TASK_SECONDS:.0f} s.")
        for one in shown:
            status = _get(api, f"/tasks/status/{one.task_id}").json()
            progress = status["progress"]
            moves[one.team.team_id](progress["percent"], f"{what}, {progress['stage']}")
            if status["status"] in ("FAILURE", "REVOKED"):
                raise NotReady(
                    f"{what.capitalize()} {one.team.team_id} ended with {status['status']}. {status['error']}"
                )
            if status["status"] == "SUCCESS":
                results[one.task_id] = status["result"]
    return results


def _write(one: Shown, out: Path) -> None:
    text = json.dumps(one.report, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    one.files = (out / f"{one.team.team_id}.md", out / f"{one.team.team_id}.json")
    for target, content in zip(one.files, (one.markdown, text), strict=True):
        files.write(target, content, replace=True)


def _print_json(shown: list[Shown], verdict: Verdict, seconds: float) -> None:
    reports = [
        {
            "team_id": s.team.team_id,
            "headline": s.report["headline"],
            "hypotheses": [h["family"] for h in s.report["hypotheses"]],
            "files": [str(f) for f in s.files],
        }
        for s in shown
    ]
    screen.put_json({"reports": reports, "planted": verdict, "seconds": seconds})


def _likely(verdict: Verdict) -> str:
    tenths = round(10 * (verdict.probability or 0))
    return "more than 9 in 10" if tenths == 10 else f"about {tenths} in 10" if tenths else "less than 1 in 10"


def _print(shown: list[Shown], verdict: Verdict, seconds: float) -> None:
    for one in shown:
        screen.rule(one.team.name)
        screen.markdown(one.markdown)
    screen.rule("What was planted, and what was found")
    truth = sample.truth()
    screen.put(
        f"Planted in {sample.SIMULATED} (simulated): {truth.cause.replace('_', ' ')}, since {truth.onset_sprint_name}."
    )
    for effect in truth.effects:
        size = f"{effect.sigma:+.1f} standard deviations"
        screen.put(f"  {effect.metric}: {effect.before:g} before, {effect.since:g} since ({size})")
    screen.put(f"Found to have changed: {', '.join(verdict.changes) or 'nothing'}.")
    if verdict.place is None:
        screen.put("The planted cause is NOT among the leads.")
    else:
        screen.put(f"The planted cause is lead {verdict.place}: {verdict.title} ({_likely(verdict)}).")
    screen.put(f"{sample.REAL} is a real team: nobody knows its truth, so nothing is claimed about it.")
    written = ", ".join(str(f) for s in shown for f in s.files)
    screen.put(f"Written: {written}. All done in {seconds:.0f} s; nothing is left running.")
