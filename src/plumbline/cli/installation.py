"""Commands on the installation as a whole: init, doctor, demo."""

from __future__ import annotations

import importlib.util
import secrets
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.core.management import call_command

from plumbline.cli.common import as_json, show


@click.command()
@click.option("--quiet", is_flag=True, help="Say nothing where all is there already.")
def init(quiet: bool) -> None:
    """Make the data folder: keys, database, folders. Run again, it brings what is there up to date."""
    for name in ("files", "index", "mail"):
        (settings.DATA / name).mkdir(parents=True, exist_ok=True)
    key = settings.DATA / "secret.key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(48))
    settings.SECRET_KEY = key.read_text()
    call_command("migrate", verbosity=0, interactive=False)
    if not quiet:
        click.echo(f"The data folder is {settings.DATA}.", err=True)


def checks() -> list[dict[str, Any]]:
    """Look at each part: name, whether it is there, whether it is needed, what to do."""
    found = [_data_check(), _database_check(), _assets_check()]
    found += [
        _recognition_check(),
        _language_model_check(),
        _program("chromium", "browser tests", "apt-get install chromium"),
        _module("psycopg", "PostgreSQL instead of SQLite", "pip install -r requirements/postgres.txt"),
        _module("splink", "match: rows of tables that are one", "pip install -r requirements/matching.txt"),
        _module("pyspark", "--engine spark; needs Java", "pip install -r requirements/spark.txt"),
    ]
    return found


def _check(name: str, present: bool, needed: bool, detail: str, command: str = "") -> dict[str, Any]:
    return {"name": name, "present": present, "needed": needed, "detail": detail, "command": "" if present else command}


def _data_check() -> dict[str, Any]:
    present = (settings.DATA / "secret.key").exists()
    return _check("data folder", present, True, str(settings.DATA), "plumbline init")


def _database_check() -> dict[str, Any]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    engine = connection.vendor
    version = sqlite3.sqlite_version if engine == "sqlite" else ""
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:  # whatever keeps the database from answering is what the administrator must read
        return _check(f"database ({engine})", False, True, str(error).splitlines()[0], "plumbline init")
    detail = f"{engine} {version}".strip() + (f", {len(behind)} migrations behind" if behind else ", up to date")
    return _check("database", not behind, True, detail, "plumbline init")


def _assets_check() -> dict[str, Any]:
    vendor = Path(__file__).parents[1] / "ui" / "static" / "vendor"
    return _check(
        "fonts, map shapes, scripts", vendor.is_dir() and any(vendor.iterdir()), True, str(vendor), "make setup"
    )


def _recognition_check() -> dict[str, Any]:
    """Say in which languages scanned pages can be recognised; English alone comes with the program."""
    from plumbline.engines import ocr

    known = sorted(ocr.languages())
    detail = "text from scanned pages" + (f", in {', '.join(known)}" if known else "")
    packages = " ".join(
        f"tesseract-ocr-{name.replace('_', '-')}" for name in ("ara", "fra", "spa", "rus", "ita", "chi_sim")
    )
    return _check("tesseract", ocr.program() is not None, False, detail, f"apt-get install tesseract-ocr {packages}")


def _language_model_check() -> dict[str, Any]:
    """Say whether a language model is set up, and where texts would go; not its key."""
    model = settings.LLM
    usable = model if model is not None and model.is_usable else None
    detail = f"{usable.model} at {usable.host}, for workspaces that allow it" if usable else "reads texts by pointing"
    return _check("language model", usable is not None, False, detail, "set PLUMBLINE_LLM_URL and PLUMBLINE_LLM_MODEL")


def _program(name: str, purpose: str, command: str) -> dict[str, Any]:
    return _check(name, shutil.which(name) is not None, False, purpose, command)


def _module(name: str, purpose: str, command: str) -> dict[str, Any]:
    return _check(name, importlib.util.find_spec(name) is not None, False, purpose, command)


@click.command()
@as_json
def doctor(json_: bool) -> None:
    """Say what is present, missing, optional, and the command that adds it."""
    found = checks()
    if json_:
        show(found)
    else:
        for one in found:
            state = "ok      " if one["present"] else ("MISSING " if one["needed"] else "optional")
            click.echo(
                f"{state}  {one['name']}: {one['detail']}"
                + (f"\n            {one['command']}" if one["command"] else "")
            )
    if any(one["needed"] and not one["present"] for one in found):
        sys.exit(6)


@click.command()
@click.option("--password", help="Use this password for the demonstration accounts instead of a new one.")
def demo(password: str | None) -> None:
    """Load the demonstration: a fictional institute, three workspaces, reports in six languages, accounts."""
    from plumbline.apps.programme.demonstration import load

    init.callback(quiet=True)  # type: ignore[misc]
    for line in load(password=password, progress=lambda text: click.echo(text, err=True)):
        click.echo(line)
