"""The root of the command line: sets Django up, maps errors to exit codes.

Exit codes: 0 done; 1 an error of another kind; 2 input that cannot be used; 3 nothing of that name; 4 not allowed;
5 it would lose what stands; 6 an optional part is missing; 7 some of the files or rows failed, the others are in.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from typing import Any

import click

from plumbline import __version__
from plumbline.domain.errors import PlumblineError

COMMANDS = {
    "init": ("plumbline.cli.installation", "init"),
    "doctor": ("plumbline.cli.installation", "doctor"),
    "demo": ("plumbline.cli.installation", "demo"),
    "serve": ("plumbline.cli.serving", "serve"),
    "work": ("plumbline.cli.serving", "work"),
    "ingest": ("plumbline.cli.evidence", "ingest"),
    "starter": ("plumbline.cli.evidence", "starter"),
    "recognise": ("plumbline.cli.evidence", "recognise"),
    "relate": ("plumbline.cli.relating", "relate"),
    "versions": ("plumbline.cli.relating", "versions"),
    "search": ("plumbline.cli.evidence", "search"),
    "searches": ("plumbline.cli.searches", "searches"),
    "export": ("plumbline.cli.evidence", "export"),
    "import": ("plumbline.cli.tables", "import_"),
    "undo-import": ("plumbline.cli.tables", "undo_import"),
    "blueprint": ("plumbline.cli.governing", "blueprint"),
    "access": ("plumbline.cli.governing", "access"),
    "audit": ("plumbline.cli.governing", "audit"),
    "index": ("plumbline.cli.governing", "index"),
    "person": ("plumbline.cli.governing", "person"),
}
# Analyses of files: they run without an installation and without Django.
ANALYSES = {
    "disclose": ("plumbline.cli.disclosing", "disclose"),
    "flows": ("plumbline.cli.flows", "flows"),
    "recovery": ("plumbline.cli.recovering", "recovery"),
    "cost": ("plumbline.cli.costs", "cost"),
    "trend": ("plumbline.cli.trends", "trend"),
    "space": ("plumbline.cli.spaces", "space"),
    "elicit": ("plumbline.cli.judgement", "elicit"),
    "rate": ("plumbline.cli.judgement", "rate"),
    "geocode": ("plumbline.cli.places", "geocode"),
    "link": ("plumbline.cli.incidents", "link"),
    "ftm": ("plumbline.cli.exchanging", "ftm"),
    "screen": ("plumbline.cli.screening", "screen"),
    "match": ("plumbline.cli.matching", "match"),
    "texts": ("plumbline.cli.texts", "texts"),
    "meta": ("plumbline.cli.judgement", "meta"),
    "extract": ("plumbline.cli.reading", "extract"),
    "train": ("plumbline.cli.reading", "train"),
    "survey": ("plumbline.cli.surveying", "survey"),
    "network": ("plumbline.cli.networks", "network"),
}
NO_INSTALLATION = 6
UNUSABLE_INPUT = 2


class Lazy(click.Group):
    """Loads the module of a command when it is asked for, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        return [*COMMANDS, *ANALYSES]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Load one command."""
        if name in COMMANDS:
            set_up()
        elif name not in ANALYSES:
            return None
        module, attribute = (COMMANDS | ANALYSES)[name]
        return getattr(importlib.import_module(module), attribute)  # type: ignore[no-any-return]

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error of ours becomes its sentence on stderr and its exit code."""
        try:
            return super().invoke(ctx)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            if ctx.invoked_subcommand not in ANALYSES:
                raise
            where = error.ctx.command_path if error.ctx else ctx.command_path
            click.echo(f"{' '.join(error.format_message().split())} More: {where} --help", err=True)
            ctx.exit(UNUSABLE_INPUT)
        except PlumblineError as error:
            if ctx.invoked_subcommand in ANALYSES:
                click.echo(" ".join(str(error).split()), err=True)  # cells of several lines are quoted on one
                ctx.exit(UNUSABLE_INPUT)
            from plumbline.apps.spine.edge import exit_code_of, sentence

            click.echo(sentence(error), err=True)
            ctx.exit(exit_code_of(error))
        except Exception as error:
            if not _no_installation(error):
                raise
            click.echo(
                f"There is no installation that answers: {error}. Make one, or bring it up to date: plumbline init",
                err=True,
            )
            ctx.exit(NO_INSTALLATION)


def _no_installation(error: Exception) -> bool:
    """Tell an absent, empty or outdated database from faults of another kind."""
    if "django" not in sys.modules:
        return False
    from django.db import OperationalError, ProgrammingError

    signs = ("unable to open", "no such table", "no such column", "does not exist", "connection failed", "refused")
    return isinstance(error, OperationalError | ProgrammingError) and any(sign in str(error) for sign in signs)


def set_up() -> None:
    """Set Django up once, with the settings of the environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "plumbline.config.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="plumbline")
def main() -> None:
    """Plumbline: evidence whose every value opens the passage it was read from."""
    warnings.simplefilter("default" if sys.warnoptions else "ignore")
