"""The commands that read incidents out of reports, and that learn from reviewed ones: from files, without an installation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plumbline.cli.common import as_json, as_person, blueprint_text, on_engine, on_spark, show
from plumbline.domain.blueprints import Blueprint, RecordType, parse
from plumbline.engines.tables.files import existing
from plumbline.engines.tables.reports import read_reports, refused, reports_of

if TYPE_CHECKING:
    from plumbline.engines.chat import Endpoint

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("reports", type=FILE)
@click.option("--blueprint", required=True, help="A blueprint that ships, or a YAML file.")
@click.option("--model", type=click.Path(path_type=Path, file_okay=False), help="A model that `train` made.")
@click.option("--llm", is_flag=True, help="Send the texts to the language model of PLUMBLINE_LLM_URL as well.")
@on_engine
@as_json
def extract(reports: Path, blueprint: str, model: Path | None, *, llm: bool, engine: str, json_: bool) -> None:
    """Read incidents out of reports (JSON Lines: id, text, and published, language where known).

    One line for each report, in order: {"id", "incidents": [{"type", "fields": {NAME: [{"text", "start", "end", "value",
    "confidence"}]}}]}; text[start:end] is the text of each filler. Without a model the blueprint's own hints read; with
    one, it says which incidents there are and fills the fields that it has learned. With --llm a language model fills
    what the hints leave empty; where it fails, their reading stands, with a sentence on stderr.
    """
    if llm and (model or engine == "spark"):
        raise click.UsageError("--llm goes without --model and without --engine spark.")
    plan = parse(blueprint_text(blueprint), name=Path(blueprint).name)
    if engine == "spark":
        job = partial(_incidents_in_lines, reports.name, plan, model.resolve() if model else None)
        with on_spark() as spark:
            _tell(spark.over_lines(existing(reports), job), json_=json_)
    else:
        _tell(_incidents(reports.name, read_reports(reports), plan, model, _Asked() if llm else None), json_=json_)


def _tell(found: Iterable[tuple[str, list[dict[str, Any]]]], *, json_: bool) -> None:
    for identifier, incidents in found:
        if json_:
            show({"id": identifier, "incidents": incidents})
            continue
        for incident in incidents:
            said = "; ".join(
                f"{name}: {', '.join(one['text'] for one in told)}" for name, told in incident["fields"].items()
            )
            click.echo(f"{identifier}: {incident['type']}: {said}")


def _incidents_in_lines(
    name: str, plan: Blueprint, model: Path | None, lines: Iterator[tuple[int, bytes]]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Read incidents out of some lines of a file: what a worker of Spark does."""
    return _incidents(name, reports_of(name, lines), plan, model)


def _incidents(
    name: str, reports: Iterable[dict[str, Any]], plan: Blueprint, model: Path | None, asked: _Asked | None = None
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Give each report's id with the incidents that it tells."""
    learned = _load(model) if model else None
    for report in reports:
        published, language = _published(name, report), _language(report)
        text = report["text"]
        incidents = _by_rules(text, plan, language, published, str(report["id"]), asked)
        if learned:
            told = learned.incidents(text, language=language, published=published, gazetteer=_gazetteer(wide=True))
            dates = _dates(text, language, published)
            incidents = _by_model(plan, told, learned.fields, incidents, dates)
        yield report["id"], incidents


@click.command()
@click.option("--blueprint", help="A blueprint that ships, or a YAML file.")
@click.option("--examples", type=FILE, help="JSON Lines: id, text, incidents [{type, fields}].")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the model.")
@click.option("--workspace", "-w", help="Learn from the review of this workspace instead, and keep the model there.")
@click.option(
    "--use", type=int, metavar="N", help="With --workspace: let its model N read what is taken in from now on."
)
@click.option("--back", is_flag=True, help="With --workspace: go back to what read before.")
@click.option("--list", "list_", is_flag=True, help="With --workspace: its models, with what got better.")
@click.option("--seed", default=1, show_default=True)
@as_person
@as_json
def train(
    blueprint: str | None, examples: Path | None, out: Path | None, workspace: str | None, use: int | None, *, back: bool,
    list_: bool, seed: int, email: str | None, json_: bool,
) -> None:  # fmt: skip
    """Learn from reviewed reports which incidents they tell and what fills their fields.

    From a file (--blueprint, --examples, --out), each line: {"id", "text", "incidents": [{"type", "fields": {NAME:
    [filler, ...]}}]}; a filler is a mention, a list of mentions of one entity, or {"text", "value"}; language and published
    where known. Reports that tell nothing are examples too: an empty list.

    From the review of a workspace (--workspace): reports whose every record was decided on. A fifth is held back, and the
    report says for each field how well it was read before and after. The model is used once --use says so.
    """
    if workspace is not None:
        if blueprint or examples or out or sum((use is not None, back, list_)) > 1:
            raise click.UsageError("--workspace goes with one of --use, --back and --list, or with none of them.")
        from plumbline.cli.teaching import train_workspace

        train_workspace(workspace, use=use, back=back, list_=list_, seed=seed, email=email, json_=json_)
        return
    if not (blueprint and examples and out) or use is not None or back or list_:
        raise click.UsageError("Give --blueprint, --examples and --out; or --workspace.")
    from plumbline.domain.extraction.learning import train as learn

    plan = parse(blueprint_text(blueprint), name=Path(blueprint).name)
    found = [field for kind in plan.types.values() for field in kind.fields.values()]
    many = {field.id for field in found if field.many}
    report = learn(
        list(_examples(examples, plan)), list(plan.types), out, seed=seed,
        single={field.id for field in found} - many, dated={field.id for field in found if field.type == "date"},
        gazetteer=_gazetteer(wide=True), divisions=_gazetteer().divisions(),
    ).report  # fmt: skip
    if json_:
        show(report)
        return
    click.echo(f"{report['examples']} examples, {report['telling']} of them tell incidents.")
    for name, value in [*report["f1_of_types"].items(), *report["f1_of_fields"].items()]:
        click.echo(f"{name}\tF1 {value:.2f}")


def _load(folder: Path) -> Any:
    from plumbline.domain.extraction.learned import load

    return load(folder)


def _published(name: str, report: dict[str, Any]) -> date | None:
    said = report.get("published")
    if not said:
        return None
    try:
        return date.fromisoformat(str(said)[:10])
    except ValueError:
        raise refused(name, report["line"], "published is a date such as 2011-03-01") from None


def _language(report: dict[str, Any]) -> str:
    from plumbline.engines.language import detect

    return str(report.get("language") or (detect(report["text"]) or ("en", 0.0))[0])


@cache
def _gazetteer(*, wide: bool = False) -> Any:
    """Open the gazetteer; models choose among names, where the wide one's small towns do no harm."""
    from plumbline.engines.gazetteer import gazetteer_folder, open_gazetteer

    return open_gazetteer(gazetteer_folder(), wide=wide)


class _Asked:
    """The language model of the environment; one that fails is not asked again."""

    def __init__(self) -> None:
        from plumbline.config.environment import language_model
        from plumbline.engines.chat import usable

        self.model: Endpoint | None = usable(language_model())

    def add(self, found: Any, text: str, plan: Blueprint, language: str, published: date | None, name: str) -> Any:
        """Add what it points at in a text to what was found; says on stderr what went wrong or was refused."""
        from plumbline.domain.errors import PlumblineError, Unavailable
        from plumbline.domain.extraction.pointing import add_pointed, content_of, fields_to_ask, pointed, question
        from plumbline.domain.extraction.wording import value_of_words
        from plumbline.engines.chat import complete

        if self.model is None or not text.strip():
            return found
        fields = fields_to_ask(plan)
        try:
            told = pointed(content_of(complete(self.model, question(text, plan, fields))), text, fields)
        except PlumblineError as error:
            click.echo(f"{name}: {error}", err=True)
            if isinstance(error, Unavailable):
                self.model = None
                click.echo("The other reports are read without it.", err=True)
            return found
        if told.refused:
            why = "they are not in the text, or name no field of the blueprint"
            click.echo(f"{name}: {told.refused} parts of the language model's reply were refused: {why}.", err=True)

        def words(field: Any, said: str) -> Any:
            return value_of_words(field, said, plan, language=language, published=published, gazetteer=_gazetteer())

        return add_pointed(found, told, text, plan, words, self.model.extractor)


def _by_rules(
    text: str, plan: Blueprint, language: str, published: date | None, name: str = "", asked: _Asked | None = None
) -> list[dict[str, Any]]:
    from plumbline.domain.extraction import extract as read

    found: Any = read(text, blueprint=plan, language=language, published=published, gazetteer=_gazetteer())
    found = asked.add(found, text, plan, language, published, name) if asked else found
    incidents = []
    for one in found:
        fields: dict[str, list[dict[str, Any]]] = {}
        for mention in one.mentions:
            fields.setdefault(mention.field, []).append(
                _filler(mention.text, mention.start, mention.end, mention.value, mention.confidence)
                | ({"extractor": mention.extractor} if mention.extractor else {})
            )
        incidents.append({"type": one.type, "fields": fields})
    return incidents


def _dates(text: str, language: str, published: date | None) -> list[dict[str, Any]]:
    from plumbline.domain.extraction import find_dates

    found = find_dates(text, language=language, published=published)
    return [_filler(text[one.start : one.end], one.start, one.end, one.value, one.confidence) for one in found[:1]]


def _filler(text: str, start: int, end: int, value: Any, confidence: float) -> dict[str, Any]:
    return {"text": text, "start": start, "end": end, "value": value, "confidence": round(confidence, 3)}


def _by_model(
    plan: Blueprint, learned: list[Any], known: frozenset[str], rules: list[dict[str, Any]], dates: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Give the incidents that the model tells; fields that it never saw are filled by the blueprint's hints.

    Where those hints alone would propose nothing, the first date of the text is the incident's.
    """
    incidents = []
    for told in learned:
        kind: RecordType | None = plan.types.get(told.type)
        fields: dict[str, list[dict[str, Any]]] = {}
        for name, fillers in told.fields.items():
            field = kind.fields.get(name) if kind else None
            kept = fillers if field is None or field.many else [max(fillers, key=lambda one: one.confidence)]
            fields[name] = [_filler(one.text, one.start, one.end, one.value, one.confidence) for one in kept]
        hinted = next((one["fields"] for one in rules if one["type"] == told.type), rules[0]["fields"] if rules else {})
        for name, fillers in hinted.items():
            if kind and name in kind.fields and name not in known:
                fields.setdefault(name, fillers)
        when = kind.find_field("event", "when") if kind else None
        if when and dates:
            fields.setdefault(when.id, dates)
        incidents.append({"type": told.type, "fields": fields})
    return incidents


def _examples(path: Path, plan: Blueprint) -> Iterator[Any]:
    from plumbline.domain.extraction.learned import Example, Told

    for report in read_reports(path):
        incidents = report.get("incidents", [])
        if not isinstance(incidents, list) or not all(
            isinstance(one, dict) and isinstance(one.get("fields", {}), dict) for one in incidents
        ):
            raise refused(path.name, report["line"], "incidents are a list of {type, fields}")
        told = []
        for one in incidents:
            kind = plan.types.get(str(one.get("type")))
            if kind is None:
                raise refused(path.name, report["line"], f"type is one of {', '.join(plan.types)}")
            unknown = set(one.get("fields", {})) - set(kind.fields)
            if unknown:
                raise refused(path.name, report["line"], f"fields of {one['type']} are {', '.join(kind.fields)}")
            fields = {
                name: [filler for item in items for filler in _fillers(item)]
                for name, items in one.get("fields", {}).items()
            }
            told.append(Told(str(one["type"]), fields))
        yield Example(
            str(report["id"]), report["text"], told, str(report.get("language") or "en"), _published(path.name, report)
        )


def _fillers(item: Any) -> Iterator[Any]:
    from plumbline.domain.extraction.learned import Filler

    if isinstance(item, str):
        yield Filler(item)
    elif isinstance(item, dict):
        yield Filler(str(item.get("text", "")), value=item.get("value"))
    else:
        told = [filler for one in item for filler in _fillers(one)]
        if told:
            value = next((one.value for one in told if one.value is not None), None)
            yield replace(told[0], value=value, same=tuple(one.text for one in told[1:]))
