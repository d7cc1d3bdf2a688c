"""Training on the review of a workspace: part of the command `train`, on an installation."""

from __future__ import annotations

import sys
from typing import Any

import click

from plumbline.cli.common import acting, show
from plumbline.cli.main import set_up
from plumbline.domain.errors import PlumblineError

HEAD = "field\ttexts\tF1 before\tafter\tgained (95 % interval)\tread by"


def train_workspace(
    slug: str, *, use: int | None, back: bool, list_: bool, seed: int, email: str | None, json_: bool
) -> None:
    """Train, use, go back or list, and print what came of it; an error of ours becomes its sentence and exit code."""
    set_up()
    from plumbline.apps.spine.edge import exit_code_of, sentence

    try:
        _carry_out(slug, use, back, list_, seed, email, json_)
    except PlumblineError as error:
        click.echo(sentence(error), err=True)
        sys.exit(exit_code_of(error))


def _carry_out(slug: str, use: int | None, back: bool, list_: bool, seed: int, email: str | None, json_: bool) -> None:
    from plumbline.apps.records.actions import use_model
    from plumbline.apps.records.learning import teach_workspace
    from plumbline.apps.records.queries import get_model, models_of
    from plumbline.apps.spine.queries import get_workspace

    by = acting(email)
    workspace = get_workspace(slug, by)
    if list_:
        _list(list(models_of(workspace, by)), json_)
    elif back:
        used = models_of(workspace, by).filter(in_use=True).first()
        before = used.used_before if used else None
        _tell(slug, use_model(workspace, get_model(workspace, before, by) if before else None, by=by), json_)
    elif use is not None:
        _tell(slug, use_model(workspace, get_model(workspace, use, by), by=by), json_)
    else:
        _report(slug, teach_workspace(workspace, by=by, seed=seed), json_)


def _plain(model: Any) -> dict[str, Any]:
    made = {
        "model": model.number,
        "in_use": model.in_use,
        "dropped": not model.folder,
        "made_at": model.made_at.isoformat(),
    }
    return {**made, **model.report}


def _report(slug: str, model: Any, json_: bool) -> None:
    if json_:
        show(_plain(model))
        return
    found = model.report
    click.echo(f"Model {model.number}: {found['examples']} reviewed reports, {found['telling']} tell incidents; "
               f"{found['held_back']} held back for these figures.")  # fmt: skip
    _lines(model)
    click.echo(f"It reads once you say so: plumbline train --workspace {slug} --use {model.number}")


def _lines(model: Any) -> None:
    from plumbline.apps.records.learning import report_rows

    for line in (HEAD, *report_rows(model)):
        click.echo(line)


def _list(models: list[Any], json_: bool) -> None:
    if json_:
        show({"models": [_plain(one) for one in models]})
        return
    from plumbline.apps.records.learning import is_readable

    for one in models:
        state = "in use" if one.in_use else "kept" if one.folder else "dropped"
        if one.folder and not is_readable(one):
            state += ", but of another version: the hints alone read; train again"
        click.echo(f"Model {one.number}, {one.made_at:%Y-%m-%d}, {one.report['examples']} reports: {state}")
        _lines(one)
    if not models:
        click.echo("No models yet.")


def _tell(slug: str, model: Any, json_: bool) -> None:
    if json_:
        show({"workspace": slug, "in_use": model.number if model else None})
    else:
        read = (
            f"Model {model.number} and the hints of the blueprint read"
            if model
            else "The hints of the blueprint alone read"
        )
        click.echo(f"{read} what is taken in from now on.")
