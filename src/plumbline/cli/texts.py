"""Commands that compare texts of files, without an installation: near-duplicates, versions, translations."""

from __future__ import annotations

import re
from pathlib import Path

import click

from plumbline.cli.common import as_json, show
from plumbline.engines.tables.reports import read_reports

SIGNS = {"same": ("", ""), "out": ("[-", "-]"), "in": ("{+", "+}")}


@click.group()
def texts() -> None:
    """Find texts that are nearly the same, and lay versions or translations side by side."""


@texts.command()
@click.argument("reports", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--least", default=0.5, show_default=True, type=click.FloatRange(0.5, 1), help="Least share of common shingles."
)
@as_json
def near(reports: Path, least: float, json_: bool) -> None:
    """Name the pairs of REPORTS (JSON Lines with id and text) that are nearly the same; nothing is merged.

    One line for each pair, the most alike first: resemblance, then how much of each stands in the other.
    """
    from plumbline.domain.linking.versions import near_texts

    rows = list(read_reports(reports))
    for pair in near_texts([row["text"] for row in rows], least=least):
        one, two = rows[pair.first]["id"], rows[pair.second]["id"]
        if json_:
            show({"first": one, "second": two, "resemblance": round(pair.resemblance, 4),
                  "first_within": round(pair.first_within, 4), "second_within": round(pair.second_within, 4)})  # fmt: skip
        else:
            click.echo(f"{pair.resemblance:.2f}\t{one}\t{two}")


@texts.command()
@click.argument("first", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.argument("second", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--translation", is_flag=True, help="SECOND is FIRST in another language: align by lengths.")
@as_json
def compare(first: Path, second: Path, translation: bool, json_: bool) -> None:
    """Lay two UTF-8 texts side by side, passage by passage (blank lines part them); words out as [-x-], words in as {+x+}."""
    from plumbline.domain.linking.versions import align_translation, align_versions, changes

    one, two = _passages(first), _passages(second)
    for row in (align_translation if translation else align_versions)(one, two):
        left, right = ("\n\n".join(side[n] for n in at) for side, at in ((one, row.first), (two, row.second)))
        told = [] if translation else changes(left, right)
        if json_:
            show({"first": list(row.first), "second": list(row.second), "alike": round(row.alike, 4), "changes": told})
        elif translation:
            click.echo(f"{left}\n\t{right}")
        else:
            click.echo("".join(f"{SIGNS[kind][0]}{text}{SIGNS[kind][1]}" for kind, text in told))


def _passages(path: Path) -> list[str]:
    text = path.read_bytes().decode("utf-8-sig", "replace")
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]
