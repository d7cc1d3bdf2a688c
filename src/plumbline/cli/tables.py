"""The command that imports tables."""

from __future__ import annotations

import getpass
import sys
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from plumbline.cli.common import acting, as_json, as_person, show
from plumbline.cli.evidence import SOME_FAILED, workspace_or_shipped
from plumbline.domain.errors import Conflict, NotFound, PlumblineError


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--workspace", "-w", required=True, help="Slug of the workspace; one that ships is made if need be.")
@click.option("--type", "-t", "type_id", required=True, help="Type of the records.")
@click.option("--language", default="en", show_default=True, help="In which dates and numbers are written.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it and make nothing.")
@click.option("--again", is_flag=True, help="Import a file that you imported before.")
@as_person
@as_json
def import_(
    file: Path, workspace: str, type_id: str, language: str, dry_run: bool, again: bool, email: str | None, json_: bool
) -> None:
    """Make a record of each row of a table: CSV, Excel or JSON Lines, columns named by field ids or labels.

    Rows that cannot be read are refused and named (exit code 7), the others are made. Broken off, run it again: what
    is made stays, the rest goes on.
    """
    if not file.is_file():
        raise NotFound("file.absent", "There is no file {path}.", path=str(file))
    target = workspace_or_shipped(workspace, acting(email))
    by = acting(email)
    from plumbline.apps.records.queries import type_of

    type_of(target, type_id)
    if dry_run:
        _say(_dry_run(file, target, type_id, language, by), json_)
    job = _ask(file, target, type_id, language, again, email, by)
    _run(job, json_)
    job.refresh_from_db()
    if job.state == "failed":
        problem = job.problem
        raise PlumblineError(problem["code"], problem["template"], **problem["params"])
    _say(_outcome(job), json_)


def _dry_run(file: Path, target: Any, type_id: str, language: str, by: Any) -> dict[str, Any]:
    from plumbline.apps.records.importing import check_table
    from plumbline.apps.records.queries import type_of
    from plumbline.apps.spine.edge import sentence
    from plumbline.apps.spine.queries import blueprint_of

    found = check_table(file, file.name, type_of(target, type_id), blueprint_of(target), language=language, viewer=by)
    return {
        "created": 0, "good": found.good, "refused": found.refused,
        "columns": {one.head: one.field for one in found.columns.matched}, "unmatched": list(found.columns.unmatched),
        "problems": [{"row": one.row, "column": one.column, "problem": sentence(one.error)} for one in found.problems],
    }  # fmt: skip


def _ask(file: Path, target: Any, type_id: str, language: str, again: bool, email: str | None, by: Any) -> Any:
    """Give the job of the file: the one that was broken off, else a new one; refuses a file imported before."""
    from plumbline.apps.library.stores import file_store
    from plumbline.apps.records.actions import ask_import
    from plumbline.apps.records.importing import check_table
    from plumbline.apps.records.imports import imports_of_file
    from plumbline.apps.records.queries import type_of
    from plumbline.apps.spine.queries import blueprint_of

    stored = file_store().put(file)
    earlier = imports_of_file(stored.sha256, target, type_id, by)
    if earlier and earlier[0].state in ("waiting", "running"):
        return earlier[0]
    if earlier and not again:
        template = "{name} was imported before: {n} records were made of it. Nothing was made now; to import it again, add --again."
        raise Conflict("import.again", template, name=file.name, n=earlier[0].payload["created"])
    found = check_table(
        file, file.name, type_of(target, type_id), blueprint_of(target), language=language, viewer=by, most=2_000
    )
    return ask_import(
        target, type_id, stored.sha256, name=file.name, language=language, by=by,
        rows=found.good + found.refused if found.whole else 0, operator="" if email else getpass.getuser(),
    )  # fmt: skip


def _run(job: Any, quiet: bool) -> None:
    """Do the job here, or follow it where a worker has taken it; should that one die, it is taken over here."""
    from plumbline.apps.spine.jobs import Runner

    with Runner(job.batch) as runner, Progress(console=Console(stderr=True, quiet=quiet), transient=True) as progress:
        progress.add_task(f"Importing {job.payload['name']}", total=None)
        while runner.run_one() is None:
            job.refresh_from_db()
            if job.state in ("done", "failed"):
                return
            time.sleep(0.2)


def _outcome(job: Any) -> dict[str, Any]:
    from plumbline.apps.records.imports import refused_rows

    known = job.payload
    problems = [{"row": int(row), "column": column, "problem": what} for row, column, what in refused_rows(job)]
    return {"import": job.batch, "created": known["created"], "refused": known["refused"], "problems": problems}


def _say(outcome: dict[str, Any], json_: bool) -> None:
    """Print what came of it, and leave with 7 where rows were refused."""
    if json_:
        show(outcome)
    else:
        shown = ("created", "good", "refused") if "good" in outcome else ("created", "refused")
        click.echo("\t".join(f"{name}\t{outcome[name]}" for name in shown))
        for one in outcome["problems"]:
            click.echo(f"{one['row']}\t{one['column']}\t{one['problem']}", err=True)
    sys.exit(SOME_FAILED if outcome["refused"] else 0)
