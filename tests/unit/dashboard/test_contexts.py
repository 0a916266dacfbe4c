"""Each page's context is what its template reads, no more and no less; no context holds a person."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from hansei.dashboard import contexts
from hansei.dashboard.pages import templates

PAGES: dict[str, type] = {
    "overview": contexts.Overview,
    "team": contexts.TeamPage,
    "report": contexts.ReportPage,
    "reports": contexts.ReportsPage,
    "experiments": contexts.ExperimentsPage,
    "experiment": contexts.ExperimentPage,
    "own": contexts.OwnPage,
    "tasks": contexts.TasksPage,
    "task": contexts.TaskPage,
    "shares": contexts.SharesPage,
    "closed": contexts.ClosedLink,
    "import": contexts.ImportPage,
    "again": contexts.AgainPage,
    "wording": contexts.WordingPage,
    "grid": contexts.GridPage,
    "sources": contexts.SourcesPage,
    "login": contexts.LoginPage,
    "problem": contexts.ProblemPage,
}
CONTEXTS = [c for c in vars(contexts).values() if is_dataclass(c) and c.__module__ == contexts.__name__]


def _tree(name: str) -> nodes.Template:
    loader = templates().loader
    assert loader is not None
    source, _, _ = loader.get_source(templates(), f"{name}.html")
    return templates().parse(source)


def _read(name: str, variable: str) -> set[str]:
    return {
        n.attr
        for n in _tree(name).find_all(nodes.Getattr)
        if isinstance(n.node, nodes.Name) and n.node.name == variable
    }


def test_every_template_has_its_context() -> None:
    folder = Path(contexts.__file__).parent / "templates"
    assert {p.stem for p in folder.glob("*.html")} == {"base", *PAGES}


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_reads_all_of_its_context_and_nothing_else(name: str) -> None:
    macros = {m.name for m in _tree(name).find_all(nodes.Macro)}
    assert find_undeclared_variables(_tree(name)) - macros <= {"page", "shell"}
    assert _read(name, "page") == {f.name for f in fields(PAGES[name])}


def test_the_shell_is_read_by_the_frame_and_its_pages() -> None:
    used = set().union(*(_read(name, "shell") for name in ("base", *PAGES)))
    assert used == {f.name for f in fields(contexts.Shell)}


@pytest.mark.parametrize("kind", CONTEXTS, ids=lambda c: c.__name__)
def test_contexts_are_documented_and_hold_no_person(kind: type) -> None:
    assert kind.__doc__
    assert not kind.__doc__.startswith(kind.__name__)
    names = " ".join(f.name for f in fields(kind))
    assert not re.search(r"user|author|person|assignee|member|email|rank|score|grade", names)


def test_no_list_of_teams_holds_a_number_to_compare_them_by() -> None:
    """Names, headlines and dates; ``sprints`` says only whether a report can be made."""
    numbers = {
        f.name for f in fields(contexts.TeamLine) if f.type in ("int", "float", "int | None", "float | None")
    }
    assert numbers == {"report_id", "sprints"}


@pytest.mark.parametrize("name", ["base", *PAGES])
def test_no_template_has_inline_script_or_style(name: str) -> None:
    loader = templates().loader
    assert loader is not None
    source, _, _ = loader.get_source(templates(), f"{name}.html")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe", source)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source))
    assert not re.search(r"(?:src|href)=\"https?:", source)


@pytest.mark.parametrize("name", list(PAGES))
def test_every_form_that_changes_something_carries_the_secret(name: str) -> None:
    loader = templates().loader
    assert loader is not None
    source, _, _ = loader.get_source(templates(), f"{name}.html")
    for form in re.findall(r'<form method="post".*?</form>', source, re.DOTALL):
        assert 'name="csrf" value="{{ shell.csrf }}"' in form
