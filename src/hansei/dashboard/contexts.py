"""What each page is given. A template sees its context and the shell, nothing else; a test compares both.

Texts are plain and escaped by the template; only ``Markup`` is HTML. No context holds a person, and no context but the
lists of names and headlines holds two teams.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from hansei.render.html import Part
from hansei.services.decisions import DecisionView
from hansei.services.feedback import LeadView
from hansei.services.overview import Choice


@dataclass(frozen=True, slots=True)
class TeamLink:
    """A team in the navigation: where it is and its name."""

    team_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Shell:
    """What surrounds every page.

    ``title`` of the window; ``here`` names the entry of the navigation; ``busy`` counts unfinished tasks; ``teams`` are
    the first ones; ``csrf`` goes into every form; ``signed_in`` says that there is a session to end; ``version`` keeps
    stale files out of caches.
    """

    title: str
    here: str
    busy: int
    teams: tuple[TeamLink, ...]
    csrf: str
    signed_in: bool
    version: str
    refresh: int = 0


@dataclass(frozen=True, slots=True)
class Need:
    """A line under "Needs you": what, and the button's address and words."""

    text: str
    href: str
    button: str


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team in the overview: names and headlines only."""

    team_id: str
    name: str
    sample: bool
    headline: str
    report_id: int | None
    when: str
    experiment: str
    sprints: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page: what needs somebody, then the teams A to Z; ``more`` is the next page's cursor."""

    needs: tuple[Need, ...]
    teams: tuple[TeamLine, ...]
    more: str
    has_sample: bool
    has_source: bool
    only_team: str


@dataclass(frozen=True, slots=True)
class AskedField:
    """A question about a table as a form field: its name, words, kind of field, choices with the chosen ones."""

    name: str
    text: str
    form: str
    choices: tuple[tuple[str, str], ...]
    value: str
    ticked: tuple[str, ...]
    needed: bool


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A column in the preview of a table: its number, header where it was recognised, and what becomes of it."""

    number: int
    header: str
    what: str
    used: bool


@dataclass(frozen=True, slots=True)
class PreviewSprint:
    """A sprint in the preview of a table: its name, days and the values it would have."""

    name: str
    days: str
    values: str


@dataclass(frozen=True, slots=True)
class ImportPage:
    """What a table would do, before it is stored. ``packed`` carries the table itself from page to page.

    ``typed``: it was typed into the small table, which is one button away. ``team`` is what somebody called the team,
    ``team_name`` how the one that is written into is called.
    """

    team: str
    team_name: str
    team_is_new: bool
    summary: str
    packed: Markup
    columns: tuple[PreviewColumn, ...]
    unused: int
    sprints: tuple[PreviewSprint, ...]
    hidden_sprints: int
    refused: tuple[str, ...]
    changes: tuple[str, ...]
    fields: tuple[AskedField, ...]
    open: bool
    notes: tuple[str, ...]
    worth: str
    twins: tuple[str, ...]
    overruled: str
    ready: bool
    report: bool
    typed: bool


@dataclass(frozen=True, slots=True)
class GridPage:
    """A small table to type in: its headers, what its cells hold so far, its team, and what is wrong with it."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    team: str
    problem: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of the team's last report: typical and last value with unit, usual range, a small drawing."""

    name: str
    typical: str
    usual: str
    last: str
    changed: bool
    spark: Markup


@dataclass(frozen=True, slots=True)
class NoteBox:
    """A kind of note to tick."""

    name: str
    label: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class SprintLine:
    """A stored sprint: its days, the values of the page's columns, who knows it, its state and what was noted.

    ``key`` is its id, percent-encoded twice: what a page leaves out of a text belongs to an id, and an address is read
    once on its way.
    """

    key: str
    name: str
    days: str
    values: tuple[str, ...]
    sources: str
    state: str
    noted: str
    note: str
    left_out: bool


@dataclass(frozen=True, slots=True)
class NoteForm:
    """What is to be noted of one sprint; ``key`` is its id, percent-encoded."""

    key: str
    name: str
    boxes: tuple[NoteBox, ...]
    note: str
    left_out: bool


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source of the team: how its last sync went, in words; ``alarm`` is a sentence where something is wrong."""

    name: str
    kind: str
    synced: str
    rows: int
    refused: str
    revised: int
    alarm: str


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report in a list."""

    report_id: int
    headline: str
    when: str
    team_id: str
    team_name: str


@dataclass(frozen=True, slots=True)
class TeamPage:
    """One team: its reports, measures and sprints. ``least`` is how many closed sprints a report needs.

    ``model`` names the language model that could word reports, "" where there is none; ``model_wording``: it may.
    ``columns`` name the measures of the sprints with their units; ``noting`` is the form of the sprint that is noted.
    """

    team_id: str
    name: str
    sample: bool
    note: str
    closed: int
    least: int
    reports: tuple[ReportLine, ...]
    experiments: tuple[ExperimentLine, ...]
    measures: tuple[Measure, ...]
    columns: tuple[str, ...]
    sprints: tuple[SprintLine, ...]
    noting: NoteForm | None
    stored: int
    sources: tuple[SourceLine, ...]
    quality: str
    findings: tuple[str, ...]
    synced: str
    has_source: bool
    model: str
    model_wording: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """One kind of thing that a language model is sent, and how much of it."""

    what: str
    how_much: str


@dataclass(frozen=True, slots=True)
class Rate:
    """How a model fared: wordings it was asked for, those it got into, its sentences, and the share that passed."""

    model: str
    asked: int
    used: int
    sentences: int
    passed: str


@dataclass(frozen=True, slots=True)
class WordingPage:
    """The language model that may word reports: where it is asked, exactly what it is sent, and how it fared."""

    model: str
    address: str
    seconds: str
    tokens: str
    sends: tuple[Sent, ...]
    never_sends: tuple[str, ...]
    instructions: str
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict that waits for the team's word."""

    experiment_id: int
    title: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Running:
    """The experiment that the team tries now: until it has ended, no other can start."""

    experiment_id: int
    title: str


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """What the form for the decision holds: the kept one, or what was sent and why it could not be kept.

    ``choice`` is ``experiment:4``, ``own``, ``nothing`` or empty.
    """

    choice: str = ""
    own: str = ""
    reason: str = ""
    role: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One report: its parts as safe HTML, the team's answers and its decision.

    ``model`` names the language model that words this team's reports, "" where none does.
    ``choices`` are the report's experiments and the team's own ones; ``verdicts`` those that wait for the team's word;
    ``running`` is what the team tries now, ``swap`` whether it is what this report's decision chose.
    """

    report_id: int
    team_id: str
    team_name: str
    sample: bool
    title: str
    lead: Markup
    parts: tuple[Part, ...]
    leads: tuple[LeadView, ...]
    choices: tuple[Choice, ...]
    decision: DecisionView | None
    form: DecisionForm
    running: Running | None
    swap: bool
    verdicts: tuple[Verdict, ...]
    saved: str
    model: str


@dataclass(frozen=True, slots=True)
class ShareLine:
    """A link to a report that still opens: until when, and whether the team's own note goes along."""

    share_id: int
    made: str
    until: str
    with_note: bool


@dataclass(frozen=True, slots=True)
class SharesPage:
    """The links to one report; ``link`` is the address of one just made, shown this once.

    ``alone``: nobody but this machine can reach the address. ``has_note``: there is a note that could go along.
    """

    report_id: int
    headline: str
    link: str
    shares: tuple[ShareLine, ...]
    has_note: bool
    alone: bool


@dataclass(frozen=True, slots=True)
class ClosedLink:
    """What a link says that opens nothing: a page without navigation."""

    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """Reports, newest first, of all teams or of one (``team``: its name); ``more`` is the next page's cursor."""

    reports: tuple[ReportLine, ...]
    more: str
    team_id: str
    team: str


@dataclass(frozen=True, slots=True)
class ExperimentLine:
    """An experiment in a list: whose, what, how far, and the verdict in words."""

    experiment_id: int
    title: str
    team_id: str
    team_name: str
    status: str


@dataclass(frozen=True, slots=True)
class ExperimentsPage:
    """Experiments by state, of all teams or of one (``team``: its name); ``ledger`` counts verdicts in words."""

    team: str
    team_id: str
    running: tuple[ExperimentLine, ...]
    to_judge: tuple[ExperimentLine, ...]
    finished: tuple[ExperimentLine, ...]
    ideas: tuple[ExperimentLine, ...]
    ledger: str


@dataclass(frozen=True, slots=True)
class CardRow:
    """A line of an experiment's registration card."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ExperimentPage:
    """One experiment: its words, its registration card, and what became of it.

    ``status`` is in words; ``told`` the sentences of a verdict; ``chart`` safe HTML, empty before the start. ``late``
    names judged sprints that changed afterwards. ``conclusion`` is the team's own word on the verdict. ``running`` is
    another one that the team tries now, so that this one cannot start; ``problem`` says why it just did not.
    """

    experiment_id: int
    team_id: str
    team_name: str
    report_id: int | None
    title: str
    state: str
    status: str
    change: str
    steps: tuple[str, ...]
    card: tuple[CardRow, ...]
    told: tuple[str, ...]
    chart: Markup
    late: str
    conclusion: str
    reason: str
    role: str
    saved: str
    running: Running | None
    problem: str


@dataclass(frozen=True, slots=True)
class Measurable:
    """A measure that an experiment can aim at."""

    metric: str
    name: str


@dataclass(frozen=True, slots=True)
class OwnPage:
    """The form for a team's own experiment, filled in with what it is to change; ``problem`` is a sentence.

    ``running`` is what the team tries now: while it does, the form can be filled in, and not be sent off.
    """

    team_id: str
    team_name: str
    report_id: str
    title: str
    change: str
    role: str
    metric: str
    direction: str
    percent: str
    sprints: str
    measures: tuple[Measurable, ...]
    running: Running | None
    problem: str


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task in words: its kind, stage, and what can be done; ``error`` with remedy where it failed.

    ``place`` counts the tasks that wait before it and itself; 0 where it does not wait.
    """

    task_id: str
    kind: str
    team_id: str
    team_name: str
    status: str
    stage: str
    percent: int
    finished: bool
    failed: bool
    attempts: int
    error: str
    error_type: str
    when: str
    report_id: int | None
    again: bool
    place: int


@dataclass(frozen=True, slots=True)
class TasksPage:
    """Tasks that go on and tasks that ended; ``worker`` says whether anybody works on them."""

    going: tuple[TaskLine, ...]
    ended: tuple[TaskLine, ...]
    worker: bool


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One task; ``next`` is where to go when it is done, ``follow`` whether to go there.

    ``download``: ``next`` is a file. ``skeleton``: what is made is a report, whose outline stands in meanwhile.
    """

    task: TaskLine
    next: str
    follow: bool
    download: bool
    skeleton: bool
    worker: bool


@dataclass(frozen=True, slots=True)
class ConnectedLine:
    """A connected source: its address without its query, and how its last sync went."""

    name: str
    address: str
    team_id: str
    team_name: str
    has_key: bool
    synced: str
    error: str


@dataclass(frozen=True, slots=True)
class MetricName:
    """A measure under the name that a metrics API sends it by."""

    name: str
    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class SourcesPage:
    """The connected sources and the form for another; ``name``, ``address`` and ``team_id`` are what was entered.

    ``environment`` is the name of the source that the environment gives, empty where it gives none.
    ``measures`` are the names that an address may answer with.
    """

    sources: tuple[ConnectedLine, ...]
    environment: str
    said: str
    problem: str
    name: str
    address: str
    team_id: str
    measures: tuple[MetricName, ...]


@dataclass(frozen=True, slots=True)
class LoginPage:
    """The way in where a token is needed; ``problem`` is a sentence, ``next`` where to go afterwards."""

    next: str
    problem: str


@dataclass(frozen=True, slots=True)
class WayOn:
    """Where to go from here: an address of ours and the button's words."""

    href: str
    words: str


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """What went wrong, one remedy, and where to go on."""

    title: str
    text: str
    remedy: str
    details: tuple[str, ...]
    ways: tuple[WayOn, ...]


@dataclass(frozen=True, slots=True)
class AgainPage:
    """A table that could not be taken, with all that was brought, to be corrected.

    ``text`` is what was pasted or typed; ``packed`` carries a file along, which is used unless another is chosen.
    """

    problem: str
    text: Markup
    packed: Markup
    team: str
