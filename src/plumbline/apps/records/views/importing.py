"""Importing a table: choose it, see what would come of it, confirm, follow it, read what was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.library.actions import default_mark, needs_role
from plumbline.apps.library.queries import entries_with
from plumbline.apps.library.stores import file_store
from plumbline.apps.records import queries
from plumbline.apps.records.actions import ask_import, ask_undo_import, drop_mapping, save_mapping
from plumbline.apps.records.columns import Column, folded, names_to_fill
from plumbline.apps.records.forms import RecordForm
from plumbline.apps.records.importing import LISTED, Checked, Problem, Row, check_table, heads_of
from plumbline.apps.records.imports import get_import, imports_of_file, refused_rows, undoing
from plumbline.apps.records.presenting import language, mark_label, names_for, readers_of
from plumbline.apps.records.stamps import HEAD, Clash
from plumbline.apps.records.updating import BY_ID, Change, checked_key, look_ahead
from plumbline.apps.records.views.common import address, type_crumbs
from plumbline.apps.spine.edge import sentence
from plumbline.apps.spine.queries import blueprint_of, get_workspace
from plumbline.domain.blueprints import RecordType, display_value, localised
from plumbline.domain.errors import InvalidInput, PlumblineError
from plumbline.plugins.readers import safe_name
from plumbline.plugins.readers.tables import FORMATS

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

SALT = "records.import"
HOLDS_FOR = 24 * 3600
CHECKED_AT_ONCE = 20_000


@require_http_methods(["GET", "POST"])
def import_table(request: SignedInRequest, workspace: str, type: str) -> HttpResponse:
    """Take a table in (POST of a file), show what would come of it, and import it once that is confirmed."""
    found = get_workspace(workspace, request.viewer)
    record_type = queries.type_of(found, type)
    needs_role(request.viewer, found, "contributor")
    if request.method == "POST":
        confirmed = request.POST.get("table")
        return _start(request, found, record_type, confirmed) if confirmed else _take(request, found, record_type)
    context = _frame(request, found, record_type)
    status = 200
    if token := request.GET.get("table"):
        try:
            context |= _dry_run(request, found, record_type, token)
            status = 400 if context["error"] else 200
        except PlumblineError as error:
            context["error"], status = sentence(error), 400
    return render(request, "records/import.html", context, status=status)


def _frame(request: SignedInRequest, workspace: Workspace, record_type: RecordType) -> dict[str, Any]:
    """What the page says before there is a table: the columns it knows, who will see the records."""
    mark = default_mark(workspace, "records", request.viewer)
    form = RecordForm(record_type, blueprint_of(workspace), request.viewer)
    fields = zip(record_type.fields.values(), form.controls, strict=True)
    return {
        "workspace": workspace, "record_type": record_type, "plural": localised(record_type.plural, language()),
        "crumbs": type_crumbs(request.viewer, workspace, record_type), "formats": FORMATS, "error": "",
        "fields": [{"id": one.id, "label": control.label, "help": control.help, "required": one.required}
                   for one, control in fields],
        "mark": mark_label(mark, "#who"), "readers": readers_of(mark, names_for([mark])),
        "stricter": [control for control in form.controls if control.sharing],
        "import_url": address("record-import", workspace.slug, record_type.id), "checked": None, "columns": [],
    }  # fmt: skip


def _take(request: SignedInRequest, workspace: Workspace, record_type: RecordType) -> HttpResponse:
    """Keep the file by its hash and go on to what would come of it; the address holds a signed note, no session."""
    upload: Any = request.FILES.get("file")
    if upload is None:
        messages.error(request, _("No file came. Choose one and try again."))
        return redirect(address("record-import", workspace.slug, record_type.id))
    name = safe_name(upload.name or "file")
    if upload.size and upload.size > settings.UPLOAD_BYTES:
        raise InvalidInput(
            "file.too-large", "{name} has {size} MB; the limit here is {limit} MB (PLUMBLINE_UPLOAD_MB). Nothing was kept.",
            name=name, size=upload.size // 1024**2, limit=settings.UPLOAD_BYTES // 1024**2,
        )  # fmt: skip
    if not upload.size:
        raise InvalidInput(
            "file.empty", "{name} is empty. Nothing was kept; add it again once it holds something.", name=name
        )
    stored = file_store().put(upload.file)
    note = {"sha256": stored.sha256, "name": name, "to": _place(request, workspace, record_type)}
    token = signing.dumps(note, salt=SALT)
    return redirect(f"{address('record-import', workspace.slug, record_type.id)}?table={token}")


def _place(request: SignedInRequest, workspace: Workspace, record_type: RecordType) -> list[str]:
    return [workspace.slug, record_type.id, request.viewer.person or ""]


def _noted(request: SignedInRequest, workspace: Workspace, record_type: RecordType, token: str) -> tuple[str, str]:
    """Give hash and name of the table that a note of ours names, for this person, workspace and type alone."""
    try:
        note = signing.loads(token, salt=SALT, max_age=HOLDS_FOR)
    except signing.BadSignature:
        note = {}
    if note.get("to") != _place(request, workspace, record_type):
        raise InvalidInput("import.note", "This address no longer leads to a table. Choose the file again.")
    return note["sha256"], note["name"]


def _dry_run(request: SignedInRequest, workspace: Workspace, record_type: RecordType, token: str) -> dict[str, Any]:
    """What would come of the table; where its columns cannot be matched, why, and the form that says what they fill."""
    sha256, name = _noted(request, workspace, record_type, token)
    labels = {one.id: localised(one.label, language()) for one in record_type.fields.values()}
    heads = heads_of(file_store().path(sha256), name)
    saved, names, key = _way(request, workspace, record_type, heads)
    reading = _reading(request, workspace, record_type, token) | {"saved": saved, "name": name, "keys": []}
    try:
        ahead = look_ahead(
            file_store().path(sha256), name, record_type, workspace, key, language=language(), viewer=request.viewer,
            most=CHECKED_AT_ONCE, names=names,
        )  # fmt: skip
    except InvalidInput as error:
        if error.code not in ("import.columns", "import.doubled", "import.mapping", "import.key"):
            raise
        now = {at: names.get(folded(head), "") for at, head in enumerate(heads)}
        return reading | {"error": sentence(error), "columns": _columns(heads, now)}
    found = ahead.checked
    have = list(dict.fromkeys(one.field for one in found.columns.matched))
    ours = [head if head not in found.columns.ignored else "" for head in found.columns.heads]
    return reading | {
        "ahead": ahead, "by_id": ahead.key == (BY_ID,), "unseen": HEAD not in found.columns.frame,
        "columns": _columns(ours, {one.at: one.name for one in found.columns.matched}),
        "keys": [{"value": one, "label": labels[one], "note": "", "checked": one in ahead.key} for one in have],
        "clashes": [_clash_row(one, workspace, labels) for one in ahead.clashes],
        "changes": [_change_row(one, record_type, workspace, labels) for one in ahead.first],
        "checked": found, "limit": CHECKED_AT_ONCE,
        "matched": [{"cells": {"head": one.head, "field": _filled(one, labels)}} for one in found.columns.matched],
        "problems": [_problem_row(one) for one in (*found.problems, *(p for row in ahead.refused for p in row.problems))],
        "warnings": [_(one.template).format(**one.params) for one in found.warnings],
        "preview": _preview(found, record_type, workspace), "listed_most": LISTED,
        "earlier": [_earlier(one) for one in imports_of_file(sha256, workspace, record_type.id, request.viewer)],
    }  # fmt: skip


def _reading(request: SignedInRequest, workspace: Workspace, record_type: RecordType, token: str) -> dict[str, Any]:
    """What the form needs that says what columns fill: the choices, the saved mappings."""
    here = address("record-import", workspace.slug, record_type.id)
    saved = queries.mappings(request.viewer, workspace, record_type.id)
    return {
        "token": token, "start_url": f"{here}?{request.GET.urlencode()}",
        "mappings": [{"name": one.name, "url": f"{here}?{urlencode({'table': token, 'mapping': one.name})}"} for one in saved],
        "fillings": [("-", _("leave it out")), *names_to_fill(record_type, blueprint_of(workspace), language())],
    }  # fmt: skip


def _columns(heads: Sequence[str], now: Mapping[int, str]) -> list[dict[str, str]]:
    return [{"name": f"c{at}", "head": head, "now": now.get(at) or "-"} for at, head in enumerate(heads) if head]


def _way(
    request: SignedInRequest, workspace: Workspace, record_type: RecordType, heads: Sequence[str]
) -> tuple[str, dict[str, str], list[str]]:
    """How the table is to be read: the saved mapping it follows, what its columns fill, its key.

    What the page's own form says counts first, then the mapping that is asked for, then one saved for just these columns.
    """
    asked = request.GET
    key = [one for one in asked.getlist("key") if one]
    chosen = {
        folded(head): asked[f"c{at}"].removeprefix("-") for at, head in enumerate(heads) if head and f"c{at}" in asked
    }
    if chosen:
        return "", chosen, key
    if wanted := asked.get("mapping", ""):
        saved = queries.get_mapping(request.viewer, workspace, record_type.id, wanted)
        return saved.name, dict(saved.names), key or list(saved.key)
    known = {folded(head) for head in heads if head}
    for one in queries.mappings(request.viewer, workspace, record_type.id) if "plain" not in asked else ():
        if known == set(one.names):
            return one.name, dict(one.names), key or list(one.key)
    return "", {}, key


def _filled(one: Column, labels: dict[str, str]) -> str:
    return f"{labels[one.field]} ({one.part})" if one.part not in ("", "*") else labels[one.field]


def _problem_row(one: Problem) -> dict[str, Any]:
    return {"cells": {"row": one.row, "column": one.column or _("whole row"), "what": sentence(one.error)}}


def _preview(found: Checked, record_type: RecordType, workspace: Workspace) -> dict[str, Any]:
    """The first good rows as they will be, in the fields that they fill."""
    blueprint = blueprint_of(workspace)
    names = [name for name in record_type.fields if any(name in row.values for row in found.first)]

    def shown(row: Row, name: str) -> str:
        field = record_type.fields[name]
        values = row.values.get(name, ())
        return "; ".join(display_value(field, one, blueprint=blueprint, language=language()) for one in values)

    columns = [{"key": "row", "title": _("Row")}]
    columns += [{"key": f"v-{name}", "title": localised(record_type.fields[name].label, language())} for name in names]
    rows = [
        {"cells": {"row": str(row.number), **{f"v-{name}": shown(row, name)[:300] for name in names}}}
        for row in found.first
    ]
    return {"columns": columns, "rows": rows}


def _change_row(
    change: Change, record_type: RecordType, workspace: Workspace, labels: Mapping[str, str]
) -> dict[str, Any]:
    """Say one change as a row: of which record, what comes, what goes."""
    blueprint = blueprint_of(workspace)

    def said(name: str, value: Any) -> str:
        return f"{labels[name]}: {display_value(record_type.fields[name], value, blueprint=blueprint, language=language())}"

    return {"cells": {
        "row": change.row.number, "record": change.entry.title or change.entry.public_id,
        "comes": "; ".join(said(one.field, one.value) for one in change.claims),
        "goes": "; ".join(said(one.field, one.value) for one in change.dropped),
    }}  # fmt: skip


def _clash_row(clash: Clash, workspace: Workspace, labels: Mapping[str, str]) -> dict[str, Any]:
    """Say a cell that others changed too: of which record and field, what the table says, what the record says and since when."""
    blueprint = blueprint_of(workspace)

    def said(values: Sequence[Any]) -> str:
        texts = [display_value(clash.field, one, blueprint=blueprint, language=language()) for one in values]
        return "; ".join(texts)[:300] or _("not said")

    who = [clash.person, timezone.localtime(clash.at).strftime("%Y-%m-%d %H:%M") if clash.at else ""]
    return {"cells": {
        "row": clash.row, "record": clash.entry.title or clash.entry.public_id, "field": labels[clash.field.id],
        "ours": said(clash.ours), "theirs": said(clash.theirs), "who": _(", ").join(one for one in who if one),
    }}  # fmt: skip


def _earlier(job: Any) -> dict[str, Any]:
    url = address("import-show", job.payload["workspace"], job.payload["type"], job.batch)
    return {"when": job.created_at.date(), "created": job.payload["created"], "url": url}


def _start(request: SignedInRequest, workspace: Workspace, record_type: RecordType, token: str) -> HttpResponse:
    """Ask for the import; a table without a good row among those checked is shown again. Or keep how it is read."""
    sha256, name = _noted(request, workspace, record_type, token)
    _saved, names, key = _way(request, workspace, record_type, heads_of(file_store().path(sha256), name))
    found = check_table(
        file_store().path(sha256), name, record_type, blueprint_of(workspace), language=language(),
        viewer=request.viewer, most=CHECKED_AT_ONCE, names=names,
    )  # fmt: skip
    here = address("record-import", workspace.slug, record_type.id)
    key = list(checked_key([one for one in request.POST.getlist("key") if one] or key, record_type, found.columns))
    if called := request.POST.get("save_as", "").strip():
        filled = {one.at: one.name for one in found.columns.matched}
        names = {folded(head): filled.get(at, "") for at, head in enumerate(found.columns.heads) if head}
        save_mapping(workspace, record_type.id, called, names=names, key=key, by=request.viewer)
        return redirect(f"{here}?{urlencode({'table': token, 'mapping': ' '.join(called.split())})}")
    if not found.good:
        return redirect(f"{here}?table={token}")
    job = ask_import(
        workspace, record_type.id, sha256, name=name, language=language(), rows=found.good + found.refused if found.whole else 0,
        key=key, names=names, overwrite=request.POST.get("overwrite") == "1", by=request.viewer,
    )  # fmt: skip
    return redirect("records:import-show", workspace.slug, record_type.id, job.batch)


@require_POST
def forget_mapping(request: SignedInRequest, workspace: str, type: str) -> HttpResponse:
    """Forget a saved mapping."""
    found = get_workspace(workspace, request.viewer)
    needs_role(request.viewer, found, "contributor")
    drop_mapping(
        queries.get_mapping(request.viewer, found, type, request.POST.get("mapping", "")), found, by=request.viewer
    )
    messages.success(request, _("The mapping is gone. What was imported by it stays."))
    return redirect(address("record-import", workspace, type))


@require_GET
def show_import(request: SignedInRequest, workspace: str, type: str, imported: str) -> HttpResponse:
    """Show how far an import is and, once it is through, what was made and what was refused."""
    found = get_workspace(workspace, request.viewer)
    record_type = queries.type_of(found, type)
    job = get_import(imported, found, type, request.viewer)
    known = job.payload
    problem = job.problem and _(job.problem["template"]).format(**job.problem["params"])
    linking = "linked" in known or (known["rows"] > 0 and known["next"] >= known["rows"])
    context = {
        "workspace": found, "job": job, "known": known, "going_on": job.state in ("waiting", "running"),
        "linking": linking, "problem": problem if job.state == "failed" else "",
        "share": known["next"] / known["rows"] if known["rows"] else None, "poll_url": request.get_full_path(),
        "refused": [{"cells": {"row": row, "column": column or _("whole row"), "what": what}}
                    for row, column, what in refused_rows(job, LISTED)],
        "listed_most": LISTED, "report_url": address("import-refused", workspace, type, imported),
        "list_url": reverse("records:record-list", args=[workspace, type]),
        "again_url": address("record-import", workspace, type),
        "crumbs": [*type_crumbs(request.viewer, found, record_type), (_("Import a table"), address("record-import", workspace, type))],
    }  # fmt: skip
    undone = undoing(imported)
    context |= {
        "undone": undone, "undo_url": address("import-undo", workspace, type, imported),
        "may_undo": undone is None and job.state in ("done", "failed") and request.viewer.has_role(workspace, "reviewer"),
        "kept": [{"title": one.title or key, "url": reverse("records:record-show", args=[key])}
                 for key, one in entries_with(undone.payload["kept"] if undone else (), request.viewer).items()],
    }  # fmt: skip
    if undone is not None:
        context["going_on"] = undone.state in ("waiting", "running")
    partial = request.headers.get("HX-Request") == "true"
    return render(request, "records/import-progress.html" if partial else "records/imported.html", context)


@require_POST
def undo_import(request: SignedInRequest, workspace: str, type: str, imported: str) -> HttpResponse:
    """Ask for a whole import to be taken back."""
    found = get_workspace(workspace, request.viewer)
    ask_undo_import(get_import(imported, found, type, request.viewer), found, by=request.viewer)
    return redirect("records:import-show", workspace, type, imported)


@require_GET
def give_refused(request: SignedInRequest, workspace: str, type: str, imported: str) -> HttpResponseBase:
    """Give the refused rows of an import as a table: row, column, what is wrong."""
    found = get_workspace(workspace, request.viewer)
    job = get_import(imported, found, type, request.viewer)
    headers = {
        "Content-Disposition": f'attachment; filename="refused-{imported}.csv"',
        "X-Content-Type-Options": "nosniff",
    }
    digest = job.payload.get("report")
    if not digest:
        return HttpResponse(b"", content_type="text/csv; charset=utf-8", headers=headers)
    return FileResponse(file_store().open(digest), content_type="text/csv; charset=utf-8", headers=headers)
