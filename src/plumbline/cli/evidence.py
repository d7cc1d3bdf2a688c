"""Commands on evidence: ingest, starter, search, export."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.urls import reverse
from rich.console import Console
from rich.progress import Progress

from plumbline.apps.library.queries import works
from plumbline.cli.common import acting, as_json, as_person, show
from plumbline.cli.installation import init as make_data_folder
from plumbline.domain.access import Viewer
from plumbline.domain.errors import NotFound, PlumblineError

SOME_FAILED = 7


def workspace_or_shipped(slug: str, by: Viewer) -> Any:
    """Get a workspace; one that ships and does not stand yet is made first."""
    from plumbline.apps.spine.actions import apply_blueprint
    from plumbline.apps.spine.queries import get_workspace
    from plumbline.domain.blueprints import load_shipped, shipped_ids

    try:
        return get_workspace(slug, by)
    except NotFound:
        if slug not in shipped_ids() or not by.administrator:
            raise
        return apply_blueprint(load_shipped(slug).text, name=slug, by=by)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--workspace", "-w", required=True, help="Slug of the workspace; one that ships is made if need be.")
@click.option("--processes", default=1, show_default=True, help="Processes that read side by side.")
@as_person
@as_json
def ingest(paths: tuple[Path, ...], workspace: str, processes: int, email: str | None, json_: bool) -> None:
    """Take files and folders in, read them, propose records, make them searchable; makes the data folder if need be.

    Broken off, run it again: what is in stays in, what was under way goes on.
    """
    if not (settings.DATA / "secret.key").exists():
        make_data_folder.callback(quiet=True)  # type: ignore[misc]
    target = workspace_or_shipped(workspace, acting(email))
    by = acting(email)
    taken, refused = _take_all(paths, target, by)
    helpers = [
        subprocess.Popen([sys.executable, "-m", "plumbline.cli", "work", "jobs", "--until-done"])
        for _ in range(processes - 1)
    ]
    _read_all(json_)
    for one in helpers:
        one.wait()
    from plumbline.apps.library.indexing import drain_index

    searchable = drain_index(wait_seconds=600)
    _report(taken, refused, searchable, json_, by, target)


@click.command()
@click.argument("name")
@as_person
@as_json
def starter(name: str, email: str | None, json_: bool) -> None:
    """Put short fictional reports into the clearing house NAME and read them; makes its workspace if need be."""
    from plumbline.apps.library.indexing import drain_index
    from plumbline.apps.programme.starters import check_starter, deposit_starter

    check_starter(name)
    if not (settings.DATA / "secret.key").exists():
        make_data_folder.callback(quiet=True)  # type: ignore[misc]
    target = workspace_or_shipped(name, acting(email))
    by = acting(email)
    taken = deposit_starter(name, target, by=by)
    _read_all(json_)
    _report(taken, [], drain_index(wait_seconds=600), json_, by, target)


@click.command()
@click.option("--workspace", "-w", required=True, help="Slug of the workspace.")
@as_person
@as_json
def recognise(workspace: str, email: str | None, json_: bool) -> None:
    """Recognise the text of scanned pages that wait or failed (with tesseract); prints what came of it."""
    from plumbline.apps.library.actions import recognise_pages
    from plumbline.apps.library.indexing import drain_index
    from plumbline.apps.library.queries import works_with_pages_waiting
    from plumbline.apps.spine.queries import get_workspace
    from plumbline.engines import ocr

    by = acting(email)
    target = get_workspace(workspace, by)
    if ocr.program() is None:
        raise ocr.OcrFailed("ocr.absent", "The program tesseract is not installed here.")
    asked = sum(recognise_pages(work, by=by) for work in works_with_pages_waiting(by, target))
    _read_all(json_)
    drain_index(wait_seconds=600)
    left = sum(work.work.pages_waiting for work in works_with_pages_waiting(by, target))
    if json_:
        show({"asked": asked, "recognised": asked - left, "left": left})
    else:
        click.echo(f"{asked - left} of {asked} pages recognised.")
    if left:
        sys.exit(SOME_FAILED)


def _take_all(paths: tuple[Path, ...], target: Any, by: Viewer) -> tuple[list[Any], list[dict[str, str]]]:
    from plumbline.apps.library.intake import files_under, take_in
    from plumbline.apps.spine.edge import sentence

    taken, refused = [], []
    for path in files_under(paths):
        try:
            if not path.exists():
                raise NotFound("file.absent", "There is no file {path}.", path=str(path))
            taken.append(take_in(path, path.name, target, by=by))
        except PlumblineError as error:
            refused.append({"file": path.name, "code": error.code, "problem": sentence(error)})
            click.echo(sentence(error), err=True)
    return taken, refused


def _read_all(quiet: bool) -> None:
    from plumbline.apps.spine.jobs import Runner
    from plumbline.apps.spine.queries import jobs

    console = Console(stderr=True, quiet=quiet)
    with Runner() as runner, Progress(console=console, transient=True) as progress:
        task = progress.add_task("Reading", total=None)
        done = 0
        while True:
            job = runner.run_one()
            if job is None:
                if not jobs().filter(state="running").exists():
                    return
                time.sleep(0.2)  # another process has the last ones; should it die, they are taken over here
                continue
            done += 1
            waiting = jobs().filter(state__in=("waiting", "running")).count()
            progress.update(
                task, completed=done, total=done + waiting, description=str(job.payload.get("name", job.kind))
            )


def _report(
    taken: list[Any], refused: list[dict[str, str]], searchable: bool, json_: bool, by: Viewer, target: Any
) -> None:
    from django.utils.translation import gettext

    rows = {row.pk: row for row in works(by, target).filter(pk__in=[one.work.pk for one in taken])}
    files: list[dict[str, Any]] = []
    for one in taken:
        work = rows[one.work.pk].work
        problem = gettext(work.problem["template"]).format(**work.problem["params"]) if work.problem else None
        files.append({"file": one.name, "work": one.work.public_id, "state": work.state, "passages": work.passage_count,
                      "again": one.again, "problem": problem})  # fmt: skip
    failed = refused + [one for one in files if one["state"] == "failed"]
    if json_:
        show(
            {
                "files": files + refused,
                "read": len(files) + len(refused) - len(failed),
                "failed": len(failed),
                "searchable": searchable,
            }
        )
    else:
        for one in files:
            click.echo(
                f"{one['state']}\t{one['passages']}\t{one['file']}" + (f"\t{one['problem']}" if one["problem"] else "")
            )
    if failed:
        sys.exit(SOME_FAILED)


@click.command()
@click.argument("query")
@click.option("--workspace", "-w", help="Search this workspace; left out: all that you may see.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500))
@click.option("--offset", default=0, show_default=True, type=click.IntRange(0))
@as_person
@as_json
def search(query: str, workspace: str | None, limit: int, offset: int, email: str | None, json_: bool) -> None:
    """Search passages: words, "phrases", prefix*, AND OR NOT, field:value. What stands in several versions of a work is one."""
    from plumbline.apps.library.copies import gather
    from plumbline.apps.library.searching import Asked
    from plumbline.apps.spine.queries import get_workspace

    by = acting(email)
    if workspace:
        get_workspace(workspace, by)
    spaces = (workspace,) if workspace else ()
    found = gather(Asked(query), by, spaces, offset=offset, limit=limit, facets=False).found
    hits: list[dict[str, Any]] = [
        {"work": hit.passage.work, "passage": hit.passage.id, "text": hit.passage.text, "rank": hit.rank,
         "url": reverse("library:passage-show", args=[hit.passage.id])}
        for hit in found.hits
    ]  # fmt: skip
    if json_:
        show({"total": found.total, "hits": hits})
        return
    click.echo(f"{found.total}", err=True)
    for one in hits:
        click.echo(f"{one['rank']}\t{one['url']}\t{one['text'][:160]!r}")


@click.command()
@click.argument("type_id", metavar="TYPE")
@click.option("--workspace", "-w", required=True)
@click.option(
    "--format", "form", type=click.Choice(["csv", "xlsx", "geojson", "jsonl"]), default="jsonl", show_default=True
)
@click.option("--out", type=click.File("wb"), default="-", help="File to write; left out: stdout.")
@as_person
def export(type_id: str, workspace: str, form: str, out: Any, email: str | None) -> None:
    """Write the records of a type, as far as you may see them, with their sources and marks."""
    from plumbline.apps.records.exporting import export_records
    from plumbline.apps.records.queries import Filter
    from plumbline.apps.spine.queries import get_workspace

    by = acting(email)
    for chunk in export_records(by, get_workspace(workspace, by), type_id, Filter(), form, language="en"):
        out.write(chunk)
