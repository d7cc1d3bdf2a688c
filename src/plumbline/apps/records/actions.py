"""Writes on records: proposing what was read, deciding on likely duplicates, taking an act back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from plumbline.apps.library import actions as library
from plumbline.apps.library.queries import (
    claims_of,
    entries_with,
    follow_merge,
    get_claim,
    get_entry,
    passages_by_pk,
)
from plumbline.apps.library.ties import SeenTie, find_tie, get_tie, note_decision
from plumbline.apps.records.linking import find_candidates, find_doubles, forget_links
from plumbline.apps.records.models import Candidate, ImportMapping, TrainedModel
from plumbline.apps.records.naming import name_actors
from plumbline.apps.records.ties import find_ties, look_again, may_be_tied
from plumbline.apps.spine.actions import enqueue, mark_class_for
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.queries import audit_log, blueprint_of, history_of, jobs, mark_of_class
from plumbline.apps.teamwork.actions import set_task, state_of
from plumbline.apps.teamwork.queries import task_of
from plumbline.domain.access import LEVELS, Mark, Viewer, mark_from_json, stricter
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput, PlumblineError

if TYPE_CHECKING:
    from plumbline.apps.records.updating import Change
    from plumbline.apps.spine.models import AuditEntry, Workspace

RELATED_AT_ONCE = 50
"""So many records are compared with those of other workspaces by one job."""


@action("record.propose")
def propose_records(
    workspace: Workspace, found: Sequence[tuple[str, Sequence[library.NewClaim]]], *, work: Any, by: Viewer
) -> Done[list[Any]]:
    """Propose the records that one work tells: (type, claims) each; then look for records that they resemble.

    The value of a relation that was read is a name, in whose place an actor comes: one that is recorded, or a proposed one.
    A proposed record is at least as strict as the work it was read from: where the work's level is as high as the
    workspace's default, whoever shared the work has said who sees what it tells.
    """
    mark = mark_of_proposals(workspace, mark_of_class(work.mark_class_id), by)
    proposals, actors = name_actors(workspace, found, work=work, mark=mark, by=by)
    made = [
        library.create_record(workspace, type_id, claims, mark=mark, status="proposed", by=by)
        for type_id, claims in proposals
    ]
    pairs = find_candidates(made, workspace)
    find_ties(made)
    pairs += find_doubles(actors)
    refs = [f"work:{work.public_id}", *(f"record:{entry.public_id}" for entry in (*made, *actors))]
    return Done(made, refs, {"records": len(made), "actors": len(actors), "candidates": pairs})


def mark_of_proposals(workspace: Workspace, mark: Mark, by: Viewer) -> Mark:
    """Give the mark of records that are proposed from a work with this mark."""
    default = library.default_mark(workspace, "records", by)
    return default if LEVELS.index(default.level) > LEVELS.index(mark.level) else mark


@action("record.enter")
def enter_record(
    workspace: Workspace, type_id: str, claims: Sequence[library.NewClaim], *, mark: Mark | None = None,
    named_in: Any = None, by: Viewer,
) -> Done[Any]:  # fmt: skip
    """Make a record by hand of what a person claims, and look for records that it resembles.

    One that is entered because another one (`named_in`) names it is as strict as that one and as the words it rests on.
    """
    if named_in is not None:
        mark = mark_of_class(named_in.mark_class_id)
        for cited in passages_by_pk([one.passage for one in claims if one.passage], by).values():
            mark = stricter(cited.mark, mark)
        for one in claims:
            mark = library.mark_of_words(one.passage, one.start, one.end, mark) if one.passage else mark
        mark = mark_of_proposals(workspace, mark, by)
    entry = library.create_record(workspace, type_id, claims, mark=mark, by=by)
    pairs = find_candidates([entry], workspace)
    look_for_ties([entry], by=by)
    return Done(entry, [f"record:{entry.public_id}"], {"candidates": pairs})


@action("import.ask")
def ask_import(
    workspace: Workspace, type_id: str, sha256: str, *, name: str, language: str, rows: int, operator: str = "",
    key: Sequence[str] = (), names: Mapping[str, str] | None = None, overwrite: bool = False, by: Viewer,
) -> Done[Any]:  # fmt: skip
    """Ask for the records of a stored table to be made or changed; gives the job, whose `batch` names the import.

    `names` says what columns fill where their heads do not (see `columns.Names`).

    `key` says by what the records that rows are about are found; without one every row makes a record.
    `language` is that in which the table's dates and numbers are written, `rows` how many it seems to hold; `operator`
    names who runs the command line, where that is who acts. `overwrite`: edited cells of an export count also where others
    changed the same field since.
    """
    library.needs_role(by, workspace, "contributor")
    import_id = new_public_id()
    payload = {
        "workspace": workspace.slug, "type": type_id, "sha256": sha256, "name": name, "language": language,
        "rows": rows, "operator": operator, "next": 0, "created": 0, "refused": 0, "key": list(key), "names": dict(names or {}), "changed": 0, "same": 0,
        "overwrite": overwrite, "clashes": 0,
    }  # fmt: skip
    enqueue("import", f"import:{import_id}", payload, by=by, batch=import_id)
    return Done(
        jobs(import_id).get(),
        [f"workspace:{workspace.slug}", f"import:{import_id}"],
        {"type": type_id, "sha256": sha256},
    )


@action("mapping.save")
def save_mapping(
    workspace: Workspace, type_id: str, name: str, *, names: Mapping[str, str], key: Sequence[str] = (), by: Viewer
) -> Done[ImportMapping]:
    """Keep how the columns of a table are read under a name, for the next table of its kind; the same name is replaced."""
    library.needs_role(by, workspace, "contributor")
    called = " ".join(name.split())
    if not 0 < len(called) <= 80 or not names:
        raise InvalidInput("mapping.name", "Give the mapping a name of 1 to {limit} letters.", limit=80)
    row, _ = ImportMapping.objects.update_or_create(
        workspace_id=workspace.pk, type=type_id, name=called,
        defaults={"names": dict(names), "key": list(key), "by": by.person or "", "at": timezone.now()},
    )  # fmt: skip
    return Done(row, [f"workspace:{workspace.slug}"], {"type": type_id, "mapping": called})


@action("mapping.drop")
def drop_mapping(mapping: ImportMapping, workspace: Workspace, *, by: Viewer) -> Done[None]:
    """Forget a saved mapping; imports that were read by it stay as they are."""
    library.needs_role(by, workspace, "contributor")
    mapping.delete()
    return Done(None, [f"workspace:{workspace.slug}"], {"type": mapping.type, "mapping": mapping.name})


@action("record.import")
def import_records(
    workspace: Workspace, type_id: str, rows: Sequence[Sequence[library.NewClaim]], *, import_id: str, by: Viewer
) -> Done[list[Any]]:
    """Make a record of each row's claims, by the workspace's default mark; the act names the import it belongs to."""
    made = [library.create_record(workspace, type_id, claims, by=by) for claims in rows]
    return Done(made, [f"import:{import_id}", *(f"record:{one.public_id}" for one in made)], {"records": len(made)})


@action("record.update")
def update_records(changes: Sequence[Change], *, import_id: str, by: Viewer) -> Done[list[Any]]:
    """Change the records that rows of a table are about; the act names the import and what it did to which record."""
    done = {}
    for one in changes:
        added = library.add_claims(one.entry, one.claims, by=by) if one.claims else []
        dropped = {claim.public_id: claim.status for claim in one.dropped}
        if one.dropped:
            library.decide_claims([get_claim(claim.public_id, by) for claim in one.dropped], "rejected", by=by)
        done[one.entry.public_id] = {"added": [claim.public_id for claim in added], "dropped": dropped}
    refs = [f"import:{import_id}", *(f"record:{public_id}" for public_id in done)]
    return Done([one.entry for one in changes], refs, {"records": done})


@action("import.undo")
def ask_undo_import(job: Any, workspace: Workspace, *, by: Viewer) -> Done[Any]:
    """Ask for a whole import to be taken back; what others did to its records since stays."""
    library.needs_role(by, workspace, "reviewer")
    if job.state not in ("done", "failed"):
        raise Conflict("import.going-on", "The import still goes on. Wait until it is through, then take it back.")
    payload = {"import": job.batch, "workspace": workspace.slug, "name": job.payload["name"], "undone": 0, "kept": []}
    payload["operator"] = job.payload["operator"]
    enqueue("undo-import", f"undo-import:{job.batch}", payload, by=by, batch=job.batch)
    return Done(None, [f"import:{job.batch}"], {"type": job.payload["type"]})


@action("record.undo-import")
def undo_import_act(act: AuditEntry, *, by: Viewer) -> Done[tuple[int, list[str]]]:
    """Take one act of an import back; gives how many records are as before, and those that were changed by others since.

    A record that the import made is rejected; of one that it changed, the values it claimed are rejected and those it
    took out come back. What somebody else said of a record, or of a field, since stays, and so does what they built on:
    one that was merged into another, or into which others were merged.
    """
    ids = [ref.partition(":")[2] for ref in act.refs if ref.startswith("record:")]
    entries = entries_with(ids, by)
    undone: list[str] = []
    kept: list[str] = []
    for public_id in ids:
        entry = entries.get(public_id)
        if entry is None or entry.status not in ("accepted", "proposed", "merged"):
            continue  # withdrawn or rejected meanwhile: nothing stands to be taken back
        stands = entry.status == "merged" or _take_back(entry, act, by)
        (kept if stands else undone).append(public_id)
    refs = [ref for ref in act.refs if ref.startswith("import:")] + [f"record:{one}" for one in undone]
    return Done((len(undone), kept), refs, {"act": act.pk, "kept": len(kept)})


def _take_back(entry: Any, act: AuditEntry, by: Viewer) -> bool:
    """Take what an act of an import did to one record back; True where something of others has to stay."""
    claims = claims_of(entry, by)
    theirs = {claim.field for claim in claims
              if claim.status == "accepted" and claim.person != act.by and claim.created_at > act.at}  # fmt: skip
    if act.verb == "record.import":
        if theirs or library.members_below(entry):
            return True
        library.set_status(entry, "rejected", by=by)
        return False
    did = act.detail["records"][entry.public_id]
    added = [one for one in claims
             if one.public_id in did["added"] and one.status != "rejected" and one.field not in theirs]  # fmt: skip
    gone = [one for one in claims
            if one.public_id in did["dropped"] and one.status == "rejected" and one.field not in theirs]  # fmt: skip
    if added:
        library.decide_claims(added, "rejected", by=by)
    for status in {did["dropped"][one.public_id] for one in gone}:
        library.decide_claims([one for one in gone if did["dropped"][one.public_id] == status], status, by=by)
    touched = {one.field for one in claims if one.public_id in {*did["added"], *did["dropped"]}}
    return bool(touched & theirs)


@action("record.link")
def link_records(entries: Sequence[Any], workspace: Workspace, *, by: Viewer) -> Done[int]:
    """Look for records that these resemble."""
    pairs = find_candidates(entries, workspace)
    find_ties(entries)
    pairs += find_doubles(entries)
    return Done(pairs, [f"record:{one.public_id}" for one in entries], {"candidates": pairs})


def look_for_ties(entries: Sequence[Any], *, by: Viewer) -> None:
    """Ask for records to be compared with those of other workspaces, in batches; commits with the act that calls this."""
    ids = [one.public_id for one in entries if may_be_tied(blueprint_of(one.workspace).types.get(one.type))]
    for first in range(0, len(ids), RELATED_AT_ONCE):
        some = ids[first : first + RELATED_AT_ONCE]
        enqueue("relate", f"relate:{new_public_id()}", {"ids": some}, by=by)


@action("record.relate")
def relate_records(entries: Sequence[Any], *, by: Viewer) -> Done[int]:
    """Look for what these records may be one with: in other workspaces, actors in their own; the log tells of none that was found."""
    made = find_ties(entries)
    find_doubles(entries)
    workspaces = dict.fromkeys(f"workspace:{one.workspace.slug}" for one in entries)
    return Done(made, list(workspaces), {"records": len(entries)})


def may_decide_tie(seen: SeenTie, viewer: Viewer) -> bool:
    """Tell whether the viewer reviews one of the two workspaces; that they see both sides, `get_tie` has made sure."""
    return any(viewer.has_role(one.workspace.slug, "reviewer") for one in (seen.tie.entry, seen.tie.other))


@action("tie.decide")
def decide_tie(public_id: str, state: str, *, by: Viewer) -> Done[SeenTie | None]:
    """Accept or reject a tie, or open it again; both records stay where they are, under their own marks.

    One that is opened again rests on what both records say now, and goes where that is nothing. Gives the tie as who
    decides sees it then, None where there is none for them. The act names the tie alone: a history of one record must
    not tell of the other.
    """
    seen = get_tie(public_id, by)
    if not may_decide_tie(seen, by):
        raise Forbidden("tie.forbidden", "Only reviewers of one of the two workspaces decide this.")
    before = note_decision(seen, state, by)
    if state == "open":
        look_again(seen.tie)
    return Done(find_tie(public_id, by), [f"tie:{public_id}"], {"before": before, "after": state})


@action("record.edit")
def edit_record(entry: Any, claims: Sequence[library.NewClaim], dropped: Sequence[Any], *, by: Viewer) -> Done[Any]:
    """Add what a person claims anew about a record and reject the claims whose values they took out."""
    if claims:
        library.add_claims(entry, claims, by=by)
    if dropped:
        library.decide_claims([get_claim(claim.public_id, by) for claim in dropped], "rejected", by=by)
    fresh = get_entry(entry.public_id, by)
    find_candidates([fresh], fresh.workspace)
    look_for_ties([fresh], by=by)
    return Done(fresh, [f"record:{entry.public_id}"])


@action("claim.choose")
def choose_value(claims: Sequence[Any], rivals: Sequence[Any], *, by: Viewer) -> Done[Any]:
    """Accept the claims of one value and reject those that say otherwise of a field with one value."""
    entry = library.decide_claims(claims, "accepted", by=by)
    if rivals:
        library.decide_claims(rivals, "rejected", by=by)
    return Done(entry, [f"record:{entry.public_id}"])


@action("record.decline")
def decline_record(entry: Any, reason: str, *, by: Viewer) -> Done[Any]:
    """Reject a record and say why; it stays in the history and can be put back."""
    library.set_status(entry, "rejected", by=by)
    return Done(entry, [f"record:{entry.public_id}"], {"reason": reason.strip()[:500]})


@action("model.store")
def store_model(
    workspace: Workspace, made: Path, report: Mapping[str, Any], *, mark: Mark, rests_on: Mapping[str, Sequence[int]],
    by: Viewer,
) -> Done[TrainedModel]:  # fmt: skip
    """Keep a trained model in the data folder, with the next number of its workspace; it is not used yet."""
    library.needs_role(by, workspace, "editor")
    last = TrainedModel.objects.filter(workspace=workspace).order_by("-number").first()
    number = last.number + 1 if last else 1
    folder = f"models/{workspace.slug}/{number}"
    shutil.rmtree(settings.DATA / folder, ignore_errors=True)  # of a store that was cut off
    shutil.copytree(made, settings.DATA / folder)
    model = TrainedModel.objects.create(
        workspace=workspace, number=number, mark_class=mark_class_for(mark), folder=folder, report=dict(report),
        rests_on=dict(rests_on), made_by=by.person or "",
    )  # fmt: skip
    detail = {"number": number, "examples": report["examples"]}
    return Done(model, [f"workspace:{workspace.slug}", f"model:{workspace.slug}/{number}"], detail)


@action("model.use")
def use_model(workspace: Workspace, model: TrainedModel | None, *, by: Viewer) -> Done[TrainedModel | None]:
    """Let a model read what is taken in from now on, or (None) the hints alone; what was read before stays as it is."""
    library.needs_role(by, workspace, "editor")
    if model is not None and not model.folder:
        raise Conflict(
            "model.dropped",
            "Model {number} learned from what was erased or closed since, so it was dropped. Train again.",
            number=model.number,
        )
    if model is not None:
        from plumbline.domain.extraction.learned import load

        load(settings.DATA / model.folder)  # refuses one of another version
    used = TrainedModel.objects.filter(workspace=workspace, in_use=True).first()
    if used is not None:
        used.in_use = False
        used.save(update_fields=["in_use"])
    if model is not None:
        again = used is not None and used.pk == model.pk
        model.in_use, model.used_before = True, model.used_before if again else used.number if used else None
        model.save(update_fields=["in_use", "used_before"])
    detail = {"before": used.number if used else None, "number": model.number if model else None}
    return Done(model, [f"workspace:{workspace.slug}"], detail)


@action("model.drop")
def drop_model(model: TrainedModel, *, by: Viewer) -> Done[TrainedModel]:
    """Delete the files of a model that learned from what was erased, withheld or closed since; its report stays."""
    library.needs_role(by, model.workspace, "contributor")
    if model.folder:
        shutil.rmtree(settings.DATA / model.folder, ignore_errors=True)
    model.folder, model.in_use, model.rests_on = "", False, {}
    model.save(update_fields=["folder", "in_use", "rests_on"])
    return Done(model, [f"workspace:{model.workspace.slug}", f"model:{model.workspace.slug}/{model.number}"], {})


MANY = 500
"""Records that one act may change at most: so long is a transaction that keeps other writers waiting for seconds only."""


@dataclass(frozen=True)
class Many:
    """What an act on many records did: its own key in the log, the records it changed, those it could not and why."""

    changed: list[Any]
    refused: list[tuple[Any, PlumblineError]]


@action("record.many")
def change_many(
    entries: Sequence[Any], *, status: str = "", task: Mapping[str, str] | None = None, by: Viewer
) -> Done[Many]:
    """Set the status of many records, or what is to be done about them, in one act that can be taken back as one.

    What is refused for one record does not stop the others. Refuses more than `MANY` records, or nothing to do.
    """
    if not (0 < len(entries) <= MANY and (status or task)):
        raise InvalidInput("record.many", "Choose 1 to {limit} records, and what to do with them.", limit=MANY)
    done = Many([], [])
    acts: list[int] = []
    for entry in entries:
        try:
            acts += _change(entry, status, task, by)
        except PlumblineError as error:
            done.refused.append((entry, error))
        else:
            done.changed.append(entry)
    if not acts:
        raise done.refused[0][1]
    refs = [f"record:{entry.public_id}" for entry in done.changed]
    return Done(done, refs, {"acts": acts, "status": status, "task": dict(task or {}), "refused": len(done.refused)})


def _change(entry: Any, status: str, task: Mapping[str, str] | None, by: Viewer) -> list[int]:
    """Do both or neither to one record; gives the keys of the acts."""
    keys = []
    with transaction.atomic():
        if status:
            library.set_status(entry, status, by=by)
            keys.append(audit_log().values_list("pk", flat=True)[0])
        if task:
            set_task(entry, task, by=by)
            keys.append(audit_log().values_list("pk", flat=True)[0])
    return keys


@action("candidate.dismiss")
def dismiss_candidate(pair: Candidate, *, by: Viewer) -> Done[Candidate]:
    """Say that two records are not one event; they are not proposed as one again."""
    library.needs_role(by, pair.entry.workspace, "reviewer")
    _refuse_unless_open(pair)
    pair.state, pair.decided_by = Candidate.DISMISSED, by.person or ""
    pair.save(update_fields=["state", "decided_by"])
    refs = [f"record:{pair.entry.public_id}", f"record:{pair.other.public_id}"]
    return Done(pair, refs, {"candidate": pair.pk})


@action("candidate.merge")
def merge_candidate(pair: Candidate, into: Any, *, by: Viewer) -> Done[Any]:
    """Merge two records that are one event into the one given, and settle the pair."""
    _refuse_unless_open(pair)
    other = pair.other if into.pk == pair.entry_id else pair.entry
    merged = library.merge_records(into, [other], by=by)
    pair.state, pair.decided_by = Candidate.MERGED, by.person or ""
    pair.save(update_fields=["state", "decided_by"])
    forget_links(other)
    look_for_ties([merged], by=by)
    return Done(merged, [f"record:{into.public_id}", f"record:{other.public_id}"], {"candidate": pair.pk})


def _refuse_unless_open(pair: Candidate) -> None:
    if pair.state != Candidate.OPEN:
        raise Conflict("pair.settled", "This pair has been decided already. Open it again to see how.")


@action("act.undo")
def undo(act: AuditEntry, *, by: Viewer) -> Done[AuditEntry]:
    """Take back one act by its inverse, as a new act of who asks; refuses acts that have none.

    What others did since stays: only what this act changed is set back.
    """
    inverse = _INVERSES.get(act.verb)
    if inverse is None:
        raise Conflict("act.final", "'{verb}' cannot be taken back. Change the record instead.", verb=act.verb)
    inverse(act, by)
    return Done(act, act.refs, {"act": act.pk, "verb": act.verb})


def can_undo(act: AuditEntry) -> bool:
    """Tell whether an act has an inverse."""
    return act.verb in _INVERSES


def _subject(act: AuditEntry, by: Viewer) -> Any:
    return get_entry(act.refs[0].partition(":")[2], by)


def _undo_decide(act: AuditEntry, by: Viewer) -> None:
    found = {claim_id: get_claim(claim_id, by) for claim_id in act.detail["before"]}
    standing = [one for one in found.values() if one.status == act.detail["status"]]
    _refuse_unless(bool(standing))
    _decide_each(standing, act.detail["before"], by)


def _decide_each(claims: Sequence[Any], statuses: Mapping[str, str], by: Viewer) -> None:
    """Set claims to statuses (by id), on each of the records that they are on now."""
    groups: dict[tuple[int, str], list[Any]] = {}
    for claim in claims:
        groups.setdefault((claim.entry_id, statuses[claim.public_id]), []).append(claim)
    for (_entry, status), rows in groups.items():
        library.decide_claims(rows, status, by=by)


def _undo_status(act: AuditEntry, by: Viewer) -> None:
    entry = _subject(act, by)
    _refuse_unless(entry.status == act.detail["after"])
    claims = [get_claim(claim_id, by) for claim_id in act.detail.get("claims", ())]
    back = {claim.public_id: "proposed" for claim in claims if claim.status == "accepted"}
    library.set_status(entry, act.detail["before"], claims=back, by=by)
    parted = [claim for claim in claims if claim.public_id in back and claim.entry_id != entry.pk]
    _decide_each([claim for claim in parted if not _was_set_since(claim, act)], back, by)


def _was_set_since(claim: Any, act: AuditEntry) -> bool:
    """Tell whether a status stands that somebody gave the record that a claim is on now, or was made on, after an act."""
    records = {claim.entry.public_id, claim.came_from or claim.entry.public_id}
    newest = (history_of(f"record:{one}").filter(verb="record.status", pk__gt=act.pk).first() for one in records)
    return any(one is not None and one.detail["after"] != "proposed" for one in newest)


def _undo_add(act: AuditEntry, by: Viewer) -> None:
    claims = [get_claim(claim_id, by) for claim_id in act.detail["claims"]]
    standing = [claim for claim in claims if claim.status in ("accepted", "proposed")]
    _refuse_unless(bool(standing))
    library.decide_claims(standing, "rejected", by=by)


def _refuse_unless(stands: bool) -> None:
    if not stands:
        raise Conflict(
            "act.overtaken", "Others have changed this since. Nothing was taken back; look at the newer acts."
        )


def _undo_merge(act: AuditEntry, by: Viewer) -> None:
    into = get_entry(act.detail["into"], by)
    root = follow_merge(into.public_id, by) or into
    members = [get_entry(public_id, by) for public_id in act.detail["merged"]]
    inside = [one for one in members if library.last_move(one) == act]
    _refuse_unless(bool(inside))
    parted = [library.split_record(one, by=by) for one in inside]
    for one in parted:
        both = (into.pk, one.pk)
        Candidate.objects.filter(entry__in=both, other__in=both).update(state=Candidate.OPEN, decided_by="")
    find_candidates(parted, into.workspace)
    look_for_ties([root, *parted], by=by)


def _undo_split(act: AuditEntry, by: Viewer) -> None:
    member, of = _subject(act, by), get_entry(act.detail["from"], by)
    into = follow_merge(of.public_id, by) or of
    _refuse_unless(library.last_move(member) == act and into.pk != member.pk)
    library.merge_records(into, [member], by=by)


def _undo_entry_mark(act: AuditEntry, by: Viewer) -> None:
    entry = _subject(act, by)
    _refuse_unless(mark_of_class(entry.mark_class_id) == _mark(act.detail["after"]))
    library.mark_entry(entry, _mark(act.detail["before"]), also=act.detail.get("claims", {}), by=by)


def _undo_claim_mark(act: AuditEntry, by: Viewer) -> None:
    claim = get_claim(act.refs[1].partition(":")[2], by)
    _refuse_unless(mark_of_class(claim.mark_class_id) == _mark(act.detail["after"]))
    library.mark_claim(claim, _mark(act.detail["before"]), also=act.detail.get("tightened", {}), by=by)


def _undo_describe(act: AuditEntry, by: Viewer) -> None:
    library.describe_work(_subject(act, by), act.detail["before"], by=by)


def _undo_withdraw(act: AuditEntry, by: Viewer) -> None:
    library.reinstate_work(_subject(act, by), by=by)


def _undo_dismiss(act: AuditEntry, by: Viewer) -> None:
    pair = Candidate.objects.select_related("entry__workspace").get(pk=act.detail["candidate"])
    library.needs_role(by, pair.entry.workspace, "reviewer")
    Candidate.objects.filter(pk=pair.pk).update(state=Candidate.OPEN, decided_by="")


def _undo_many(act: AuditEntry, by: Viewer) -> None:
    """Take back what an act did to each of many records, but for those that others have changed since."""
    stands = 0
    for inner in audit_log().filter(pk__in=act.detail["acts"]):
        try:
            with transaction.atomic():
                _INVERSES[inner.verb](inner, by)
        except Conflict:
            stands += 1
    _refuse_unless(stands < len(act.detail["acts"]))


def _undo_task(act: AuditEntry, by: Viewer) -> None:
    kind, _, public_id = act.refs[0].partition(":")
    entry = get_entry(public_id, by, kind)
    now = task_of(entry, by)
    _refuse_unless(now is not None and state_of(now) == act.detail["after"])
    set_task(entry, act.detail["before"], by=by)


def _mark(data: Mapping[str, Any]) -> Mark:
    return mark_from_json(data)


_INVERSES: dict[str, Callable[[AuditEntry, Viewer], None]] = {
    "claim.decide": _undo_decide,
    "record.status": _undo_status,
    "claim.add": _undo_add,
    "record.merge": _undo_merge,
    "record.split": _undo_split,
    "entry.mark": _undo_entry_mark,
    "claim.mark": _undo_claim_mark,
    "work.describe": _undo_describe,
    "work.withdraw": _undo_withdraw,
    "candidate.dismiss": _undo_dismiss,
    "task.set": _undo_task,
    "record.many": _undo_many,
}
