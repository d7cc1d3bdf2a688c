"""The command that imports tables."""

from __future__ import annotations

import getpass
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from plumbline.cli.common import acting, as_json, as_person, show
from plumbline.cli.evidence import SOME_FAILED, workspace_or_shipped
from plumbline.domain.errors import Conflict, InvalidInput, PlumblineError


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--workspace", "-w", required=True, help="Slug of the workspace; one that ships is made if need be.")
@click.option("--type", "-t", "type_id", required=True, help="Type of the records.")
@click.option("--language", default="en", show_default=True, help="In which dates and numbers are written.")
@click.option(
    "--key",
    multiple=True,
    help="Field by which the record of a row is found (several make one key); exports use their id.",
)
@click.option("--mapping", default="", help="A saved mapping that says what the columns fill.")
@click.option(
    "--map", "maps", multiple=True, metavar="COLUMN=FIELD", help="What one column fills; nothing after = leaves it out."
)
@click.option("--save-mapping", default="", metavar="NAME", help="Keep what --map and --key say under a name.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it and make nothing.")
@click.option(
    "--overwrite", is_flag=True, help="Let edited cells of an export count also where others changed the field since."
)
@click.option("--again", is_flag=True, help="Import a file that you imported before.")
@as_person
@as_json
def import_(
    file: Path, workspace: str, type_id: str, language: str, key: tuple[str, ...], mapping: str, maps: tuple[str, ...],
    save_mapping: str, dry_run: bool, overwrite: bool, again: bool, email: str | None, json_: bool,
) -> None:  # fmt: skip
    """Make or change a record by each row of a table: CSV, Excel or JSON Lines, columns named by field ids or labels.

    A row of an export changes the record whose id it bears; with --key a row changes the one record that has the same
    values in these fields. Without a key every row makes a record. Columns that are named otherwise are told by --map, or
    by a mapping that was saved.

    Of an export, only cells that were edited count. One that others changed since is left and named (exit code 7), unless
    you --overwrite it.

    Rows that cannot be read are refused and named (exit code 7), the others are made. Broken off, run it again: what
    is made stays, the rest goes on.
    """
    from plumbline.engines.tables.files import existing

    existing(file)
    target = workspace_or_shipped(workspace, acting(email))
    by = acting(email)
    from plumbline.apps.records.queries import type_of

    type_of(target, type_id)
    way = replace(_way(target, type_id, language, key, mapping, maps, by), overwrite=overwrite)
    if save_mapping:
        from plumbline.apps.records import actions

        actions.save_mapping(target, type_id, save_mapping, names=way.names, key=way.key, by=by)
    if dry_run:
        _say(_dry_run(file, target, type_id, way, by), json_)
    job = _ask(file, target, type_id, way, again, email, by)
    _run(job, json_)
    job.refresh_from_db()
    if job.state == "failed":
        problem = job.problem
        raise PlumblineError(problem["code"], problem["template"], **problem["params"])
    _say(_outcome(job), json_)


@dataclass(frozen=True)
class Way:
    """How a table is read: the language of dates and numbers, the key of its rows, what its columns fill, what it overwrites."""

    language: str
    key: tuple[str, ...]
    names: dict[str, str]
    overwrite: bool = False


def _way(
    target: Any, type_id: str, language: str, key: tuple[str, ...], mapping: str, maps: tuple[str, ...], by: Any
) -> Way:
    """Put together what a saved mapping and the options say; options win."""
    from plumbline.apps.records.columns import folded
    from plumbline.apps.records.queries import get_mapping

    saved = get_mapping(by, target, type_id, mapping) if mapping else None
    names = dict(saved.names) if saved else {}
    for one in maps:
        head, is_there, wanted = one.rpartition("=")
        if not is_there or not head.strip():
            raise InvalidInput("import.map", "--map {text}: write it as COLUMN=FIELD.", text=one)
        names[folded(head)] = wanted.strip()
    return Way(language, key or tuple(saved.key if saved else ()), names)


def _dry_run(file: Path, target: Any, type_id: str, way: Way, by: Any) -> dict[str, Any]:
    from plumbline.apps.records.queries import type_of
    from plumbline.apps.records.updating import look_ahead, problem_of
    from plumbline.apps.spine.edge import sentence
    from plumbline.apps.spine.queries import blueprint_of

    ahead = look_ahead(
        file, file.name, type_of(target, type_id), target, way.key, language=way.language, viewer=by, names=way.names,
        overwrite=way.overwrite,
    )  # fmt: skip
    found = ahead.checked
    clashes = [problem_of(one, blueprint_of(target), way.language) for one in ahead.clashes]
    found = replace(
        found, problems=(*found.problems, *(one for row in ahead.refused for one in row.problems), *clashes)
    )
    return {
        "created": 0, "changed": 0, "good": found.good, "refused": found.refused + len(ahead.refused),
        "new": ahead.new, "to_change": ahead.changed, "same": ahead.same, "clashes": ahead.clashing, "key": list(ahead.key),
        "columns": {one.head: one.field for one in found.columns.matched}, "unmatched": list(found.columns.unmatched),
        "problems": [{"row": one.row, "column": one.column, "problem": sentence(one.error)} for one in found.problems],
    }  # fmt: skip


def _ask(file: Path, target: Any, type_id: str, way: Way, again: bool, email: str | None, by: Any) -> Any:
    """Give the job of the file: the one that was broken off, else a new one; refuses a file imported before."""
    from plumbline.apps.library.stores import file_store
    from plumbline.apps.records.actions import ask_import
    from plumbline.apps.records.importing import check_table
    from plumbline.apps.records.imports import imports_of_file
    from plumbline.apps.records.queries import type_of
    from plumbline.apps.records.updating import checked_key
    from plumbline.apps.spine.queries import blueprint_of

    stored = file_store().put(file)
    earlier = imports_of_file(stored.sha256, target, type_id, by)
    if earlier and earlier[0].state in ("waiting", "running"):
        return earlier[0]
    if earlier and not again:
        template = "{name} was imported before: {n} records were made of it. Nothing was made now; to import it again, add --again."
        raise Conflict("import.again", template, name=file.name, n=earlier[0].payload["created"])
    found = check_table(
        file, file.name, type_of(target, type_id), blueprint_of(target), language=way.language, viewer=by, most=2_000,
        names=way.names,
    )  # fmt: skip
    return ask_import(
        target, type_id, stored.sha256, name=file.name, language=way.language, by=by, names=way.names, overwrite=way.overwrite,
        key=checked_key(way.key, type_of(target, type_id), found.columns),
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
    counts = {name: known.get(name, 0) for name in ("created", "changed", "same", "refused", "clashes")}
    return {"import": job.batch, **counts, "problems": problems}


@click.command("undo-import")
@click.argument("import_id")
@click.option("--workspace", "-w", required=True, help="Slug of the workspace.")
@click.option("--type", "-t", "type_id", required=True, help="Type of the records.")
@as_person
@as_json
def undo_import(import_id: str, workspace: str, type_id: str, email: str | None, json_: bool) -> None:
    """Take a whole import back: records that it made are rejected, values set back; what others did since stays."""
    from plumbline.apps.records.actions import ask_undo_import
    from plumbline.apps.records.imports import get_import, undoing
    from plumbline.apps.spine.queries import get_workspace

    by = acting(email)
    target = get_workspace(workspace, by)
    job = get_import(import_id, target, type_id, by)
    if undoing(import_id) is None:
        ask_undo_import(job, target, by=by)
    asked = undoing(import_id)
    _run(asked, json_)
    asked.refresh_from_db()  # type: ignore[union-attr]
    known = asked.payload  # type: ignore[union-attr]
    if json_:
        show({"import": import_id, "undone": known["undone"], "kept": known["kept"]})
    else:
        click.echo(f"undone\t{known['undone']}\tkept\t{len(known['kept'])}")
        for one in known["kept"]:
            click.echo(one, err=True)


def _say(outcome: dict[str, Any], json_: bool) -> None:
    """Print what came of it, and leave with 7 where rows were refused or cells left."""
    if json_:
        show(outcome)
    else:
        made = ("new", "to_change") if "good" in outcome else ("created", "changed")
        shown = (*made, "same", "refused", *(("clashes",) if outcome["clashes"] else ()))
        click.echo("\t".join(f"{name}\t{outcome[name]}" for name in shown))
        for one in outcome["problems"]:
            click.echo(f"{one['row']}\t{one['column']}\t{one['problem']}", err=True)
    sys.exit(SOME_FAILED if outcome["refused"] or outcome["clashes"] else 0)
