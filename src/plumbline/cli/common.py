"""What commands share: who acts, output, progress."""

from __future__ import annotations

import getpass
import json
import math
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plumbline.domain.access import Viewer
from plumbline.domain.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from plumbline.engines.spark import Spark


class Finite(click.FloatRange):
    """A number that is neither infinite nor nan, between bounds if there are some."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no number that can be reckoned with.", param, ctx)
        return number

    def _describe_range(self) -> str:
        return "" if self.min is None and self.max is None else super()._describe_range()


as_json = click.option("--json", "json_", is_flag=True, help="Print JSON on stdout.")
on_engine = click.option(
    "--engine", type=click.Choice(["local", "spark"]), default="local", show_default=True,
    help="Where it runs: here, or on Spark (PLUMBLINE_SPARK_MASTER).",
)  # fmt: skip
as_person = click.option(
    "--as", "email", metavar="EMAIL", help="Act as this person. Left out: the administrator of this installation."
)


def on_spark() -> AbstractContextManager[Spark]:
    """Lend the Spark that the environment names."""
    from plumbline.config.environment import spark_cluster
    from plumbline.engines.spark import spark

    return spark(spark_cluster())


def blueprint_text(named: Path | str) -> str:
    """Give the text of a blueprint in a file, or of one that ships by its id."""
    from plumbline.domain.blueprints import load_shipped
    from plumbline.engines.tables.files import existing

    path = Path(named)
    if not path.is_file() and path.suffix not in (".yaml", ".yml"):
        return load_shipped(str(named)).text
    try:
        return existing(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "blueprint.text", "{path} is no text in UTF-8: {error}.", path=str(path), error=error
        ) from None


def acting(email: str | None) -> Viewer:
    """Give the viewer who acts: the person named, else the operator of this machine.

    Who can run commands on the data folder holds it anyway; the operator acts as an editor everywhere, and the audit
    says so.
    """
    from plumbline.apps.accounts.queries import find_viewer_by_email, operator

    if email is None:
        return operator(getpass.getuser())
    found = find_viewer_by_email(email)
    if found is None:
        raise NotFound("person.unknown", "There is no person {name} here.", name=email)
    return found


def show(data: Any) -> None:
    """Print JSON on stdout: numpy scalars and arrays as numbers and lists, nan and infinity as null."""
    click.echo(json.dumps(_plain(data), ensure_ascii=False, default=str, allow_nan=False))


def _plain(data: Any) -> Any:
    if hasattr(data, "tolist"):
        data = data.tolist()
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {str(key) if not isinstance(key, str) else key: _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    return data
