"""Write the reference pages that are made from code, and tell when they have fallen behind.

python tools/docs.py write    write docs/reference/cli.md and docs/reference/settings.md
python tools/docs.py check    fail when a page differs from what would be written
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from plumbline.config.environment import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs/reference"
NOTE = "<!-- Written by `make docs` from the code; edit the code. -->"


def walk(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """Give a command and all below it, each with the context that knows its full name."""
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from walk(below, click.Context(below, info_name=name, parent=context))


def section(command: click.Command, context: click.Context) -> str:
    """Write one command: what it does, how it is called, its options."""
    usage = command.get_usage(context).removeprefix("Usage: ")
    lines = [
        f"## `{context.command_path}`",
        "",
        (command.help or "").replace("\b\n", "").strip(),
        "",
        f"    {usage}",
        "",
    ]
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record and "--help" not in parameter.opts:
            lines.append(f"- `{record[0]}`: {record[1]}")
    return "\n".join(lines).rstrip() + "\n"


def cli_page() -> str:
    """Write the page of the command line."""
    from plumbline.cli import main

    root = click.Context(main, info_name="plumbline", terminal_width=200, max_content_width=200)
    sections = [section(command, context) for command, context in walk(main, root)]
    return "\n".join(["# The command line", "", NOTE, "", *sections])


def settings_page() -> str:
    """Write the page of the environment variables."""
    rows = [f"| `{one.name}` | {f'`{one.default}`' if one.default else 'empty'} | {one.help} |" for one in SETTINGS]
    return "\n".join(["# Settings", "", NOTE, "", "| variable | default | what it does |", "|---|---|---|", *rows, ""])


PAGES: dict[str, Callable[[], str]] = {"cli.md": cli_page, "settings.md": settings_page}


def write() -> int:
    """Write every generated page."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make())
        print(f"  docs/reference/{name}")
    return 0


def stale() -> list[str]:
    """Name the pages that differ from what would be written now."""
    return [
        name
        for name, make in PAGES.items()
        if not (REFERENCE / name).exists() or (REFERENCE / name).read_text() != make()
    ]


def check() -> int:
    """Say which pages have fallen behind; 1 when one has."""
    behind = stale()
    for name in behind:
        print(f"  docs/reference/{name} has fallen behind the code: run `make docs`")
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit({"write": write, "check": check}[sys.argv[1] if len(sys.argv) > 1 else "check"]())
