"""What import-linter cannot see of the house's rules; docs/adr/0001 says why they are there."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.contracts.source import (
    Function,
    Module,
    called_name,
    functions,
    imported_names,
    modules,
    on_floors,
    read_module,
    top_level_functions,
    without_type_checking,
)

# Where the rows of an app may be reached, and the modules beside them that are a part of these, with the reason.
REACHES_ROWS = {"models", "queries", "actions", "migrations"}
REACHES_ROWS_BESIDE = {
    ("spine", "acts"): "writes the audit row inside the transaction of every action",
    ("spine", "jobs"): "takes and gives back leases; a lease is no act of a person",
    ("library", "resolving"): "the part of actions.py that rewrites what claims resolve to, in the same transaction",
    ("library", "withholding"): "the part of actions.py that masks words, in the same transaction",
    ("library", "merging"): "the part of actions.py that moves claims between merged records, in the same transaction",
    (
        "library",
        "board",
    ): "the part of queries.py that keeps columns of records; each read out of it begins with the viewer",
    ("library", "newest"): "the part of queries.py that finds what came last; each read begins with the viewer",
    ("library", "indexing"): "feeds the search index, which holds principals itself; nothing is shown",
    (
        "library",
        "ties",
    ): "the part of queries.py that reads ties, beginning with the viewer, and of actions.py that notes them",
    (
        "library",
        "versions",
    ): "the part of queries.py that reads versions, beginning with the viewer, and of actions.py that notes them",
    (
        "library",
        "comparing",
    ): "says which works are to be compared and reads of them what everybody who sees them may read; nothing is shown",
    (
        "library",
        "lessons",
    ): "the part of queries.py that gathers what reviewers decided; each read begins with viewer and mark",
    (
        "library",
        "relations",
    ): "the part of queries.py that reads what names a record, beginning with the viewer, and of actions.py that follows it",
    ("library", "alike"): "the part of queries.py that linking reads; candidates are read with a viewer",
    ("records", "linking"): "the part of actions.py that rewrites likely duplicates",
}

# Public functions of actions.py that are no act: a part of acts (they write inside the caller's), or a question.
PARTS_OF_ACTIONS = {
    ("spine", "mark_class_for"): "a part: finds or adds an immutable class",
    ("spine", "emit"): "a part: the event of an act, in its transaction",
    ("spine", "close_events"): "a part: notes that events were followed",
    ("spine", "enqueue"): "a part: the job of an act, in its transaction",
    ("spine", "workspace_mark"): "a question: which mark a blueprint asks for",
    ("library", "needs_role"): "a question: refuses who lacks the role",
    ("library", "refuse_merged"): "a question: refuses a record that lives on in another",
    ("library", "default_mark"): "a question: which mark a workspace gives",
    ("library", "own_mark"): "a question: which mark this person asks for",
    ("library", "person_of"): "a question: the principal of who acts",
    ("teamwork", "state_of"): "a question: what a task says",
    ("library", "may_change_mark"): "a question: refuses who may not",
    ("library", "may_open"): "a question: refuses who may not",
    ("library", "put_claims"): "a part: the claims of an act, in its transaction",
    ("library", "marks_of_new"): "a question: which marks claims would have",
    (
        "library",
        "follow_naming",
    ): "a part: what an act does to records that are named no longer, each an act of its own",
    ("library", "may_decide_version"): "a question: who decides on a version",
    ("records", "look_for_ties"): "a part: the job of an act, in its transaction",
    ("records", "may_decide_tie"): "a question: who decides on a tie",
    ("records", "mark_of_proposals"): "a question: which mark a proposed record gets",
    ("records", "can_undo"): "a question: whether an act can be taken back",
}

# Reads that ask for no viewer, each with the reason. Add a line only for what shows no entry to anybody.
READS_WITHOUT_VIEWER = {
    ("accounts", "viewer_for"): "makes the viewer",
    ("accounts", "viewer_named"): "makes the viewer that `access explain` asks about",
    ("accounts", "find_viewer_by_email"): "makes the viewer",
    ("accounts", "operator"): "makes the viewer of the command line",
    ("accounts", "names_of"): "names of principals on a mark that is already shown",
    ("accounts", "organisations"): "accounts, for the pages of administration",
    ("accounts", "sharing_groups"): "accounts, for the pages of administration",
    ("accounts", "open_invitations"): "accounts, for the pages of administration",
    ("accounts", "find_invited"): "who holds the secret link asks; its own person alone is shown",
    ("accounts", "digest_of_secret"): "computes, reads nothing",
    ("accounts", "people"): "accounts, for the pages of administration",
    ("library", "marks_of"): "marks of rows that came from a read with a viewer",
    ("library", "texts_of"): "the worker reads a whole text to extract from it; nothing is shown",
    ("library", "masked"): "masks texts that came from a read with a viewer",
    ("library", "withheld_words"): "words of masks, for withholding them; passages are shown through `shown`",
    ("spine", "index_principals"): "how the search index holds a class; nothing is shown",
    ("library", "pages_waiting"): "the worker recognises pages of a file that was asked to be read; nothing is shown",
    ("library", "family_of"): "keys of works that came in one file; nothing is shown",
    ("records", "model_in_use"): "the worker asks which model reads a work; nothing is shown",
    ("library", "owners_of_file"): "gives a new work an owner that no work of the file has; nothing is shown",
    ("spine", "workspace_at_hand"): "the workspace of a row that is at hand; nothing is shown",
    ("library", "get_work_to_read"): "the worker reads a file that its owner asked to be read; nothing is shown",
    (
        "library",
        "owner_of_search",
    ): "the secret address of a feed is checked by it; what is read then is read as its owner",
    ("library", "explain_access"): "asks with `by`, of another viewer",
    ("library", "passage_keys"): "keys of passages that came from a read with a viewer",
    ("programme", "framework"): "published data that ships",
    ("programme", "activities"): "published data that ships",
    ("programme", "systems"): "published data that ships",
    ("programme", "get_activity"): "published data that ships",
    ("programme", "get_part"): "published data that ships",
    ("records", "is_undone"): "of an act that came from a read with a viewer",
    ("records", "type_of"): "reads the blueprint, no entry",
    ("spine", "mark_of_class"): "a mark, no entry",
    ("spine", "clear_caches"): "no read",
    ("spine", "installation"): "whose installation this is: public",
    ("spine", "blueprint_of"): "of a workspace that came from a read with a viewer",
    ("spine", "history_of"): "of an entry that came from a read with a viewer",
    ("spine", "audit_log"): "administrators only, held by the view; rows hold references and digests",
    ("spine", "broken_links"): "numbers of audit rows",
    ("spine", "jobs"): "the queue; progress pages ask for a batch of their own",
    ("spine", "open_events"): "the outbox; nothing is shown",
    ("spine", "events_between"): "the outbox; nothing is shown",
    ("spine", "newest_event"): "the outbox; nothing is shown",
}

LONGEST_FUNCTION = 60
LONGEST_FILE = 600


def foreign_models(module: Module) -> Iterator[str]:
    """Find imports of another app's models; for type annotations only (`if TYPE_CHECKING`) they do no harm."""
    found = {}
    for name, line in imported_names(without_type_checking(module.tree)):
        parts = name.split(".")
        if parts[:2] == ["plumbline", "apps"] and parts[3:4] == ["models"] and parts[2] != module.app:
            found[line] = f"{module.shown}:{line} imports the models of {parts[2]}; ask its queries or actions"
    yield from found.values()


def rows_reached(module: Module) -> Iterator[str]:
    """Find `.objects` outside the modules that may read and write."""
    if module.role in REACHES_ROWS or (module.app, module.role) in REACHES_ROWS_BESIDE:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}:
            yield f"{module.shown}:{node.lineno} reaches rows by .{node.attr}; put it into queries.py or actions.py"


def decorated_as_action(function: Function) -> str | None:
    """Give the verb of `@action("noun.verb")`, None without one."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and called_name(decorator) == "action" and decorator.args:
            verb = decorator.args[0]
            return verb.value if isinstance(verb, ast.Constant) else None
    return None


def careless_actions(module: Module) -> Iterator[str]:
    """Find public functions of actions.py that are no audited act, or do not say who acts."""
    if module.role != "actions":
        return
    for function in top_level_functions(module):
        place = f"{module.shown}:{function.lineno} {function.name}"
        if (module.app, function.name) in PARTS_OF_ACTIONS:
            continue
        verb = decorated_as_action(function)
        if verb is None or not re.fullmatch(r"[a-z][a-z-]*\.[a-z][a-z-]*", verb):
            yield f'{place} is not an @action("noun.verb")'
        by = [one for one in function.args.kwonlyargs if one.arg == "by"]
        if not by or function.args.kw_defaults[function.args.kwonlyargs.index(by[0])] is not None:
            yield f"{place} needs a keyword-only `by` without a default"


def viewerless_reads(module: Module) -> Iterator[str]:
    """Find public functions of queries.py that do not ask who reads."""
    if module.role != "queries":
        return
    for function in top_level_functions(module):
        arguments = {one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
        if "viewer" not in arguments and (module.app, function.name) not in READS_WITHOUT_VIEWER:
            yield f"{module.shown}:{function.lineno} {function.name} takes no `viewer`"


def own_imports_in_migrations(module: Module) -> Iterator[str]:
    """Find imports of ours in migrations: they must run years after the code has changed."""
    if module.role == "migrations":
        for name, line in imported_names(module.tree):
            if name.split(".")[0] == "plumbline":
                yield f"{module.shown}:{line} imports {name}"


def prints(module: Module) -> Iterator[str]:
    """Find print: results go to stdout through the command line only."""
    if module.floor in {"domain", "engines", "plugins", "ui", "apps", "config"}:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                yield f"{module.shown}:{node.lineno} prints"


def clocks(module: Module) -> Iterator[str]:
    """Find the clock and chance in the domain: both are passed in."""
    if module.floor != "domain":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = called_name(node.func.value)
            if (owner, node.func.attr) in {
                ("datetime", "now"),
                ("date", "today"),
                ("time", "time"),
                ("datetime", "today"),
            }:
                yield f"{module.shown}:{node.lineno} reads the clock; take the moment as an argument"


def long_functions(module: Module) -> Iterator[str]:
    """Find functions of more than sixty lines."""
    for function in functions(module.tree):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > LONGEST_FUNCTION:
            yield f"{module.shown}:{function.lineno} {function.name} is {length} lines long"


def long_files(module: Module) -> Iterator[str]:
    """Find files of more than six hundred lines."""
    length = module.text.count("\n")
    if length > LONGEST_FILE:
        yield f"{module.shown} is {length} lines long; split it by the secret kept"


def undocumented(module: Module) -> Iterator[str]:
    """Find public names of the lower floors without a docstring."""
    if module.floor not in {"domain", "engines", "plugins"}:
        return
    if module.tree.body and not ast.get_docstring(module.tree):
        yield f"{module.shown} has no docstring"
    for node in module.tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield f"{module.shown}:{node.lineno} {node.name} has no docstring"
            yield from undocumented_methods(module, node)


def undocumented_methods(module: Module, node: ast.AST) -> Iterator[str]:
    """Find public methods without a docstring; one that overrides a documented method may say so by @override."""
    for method in node.body if isinstance(node, ast.ClassDef) else []:
        if not isinstance(method, Function) or method.name.startswith("_") or ast.get_docstring(method):
            continue
        if "override" not in {called_name(decorator) for decorator in method.decorator_list}:
            yield f"{module.shown}:{method.lineno} {method.name} has no docstring"


Rule = Callable[[Module], Iterator[str]]
RULES: tuple[Rule, ...] = (
    foreign_models,
    rows_reached,
    careless_actions,
    viewerless_reads,
    own_imports_in_migrations,
    prints,
    clocks,
    long_functions,
    long_files,
    undocumented,
)

# For each rule a module that breaks it: (where it stands, its text). A rule that cannot fail proves nothing.
BROKEN: dict[str, tuple[str, str]] = {
    "foreign_models": ("apps/library/queries.py", "from plumbline.apps.spine.models import Workspace"),
    "rows_reached": ("apps/library/views.py", "def page(request):\n    return Work.objects.all()"),
    "careless_actions": ("apps/library/actions.py", '@action("work.add")\ndef add(path, by):\n    pass'),
    "viewerless_reads": ("apps/library/queries.py", "def works(workspace):\n    pass"),
    "own_imports_in_migrations": ("apps/library/migrations/0002_x.py", "from plumbline.domain import access"),
    "prints": ("engines/files.py", "print('x')"),
    "clocks": ("domain/evidence.py", "when = datetime.now()"),
    "long_functions": ("domain/evidence.py", "def long():\n" + "    pass\n" * 61),
    "long_files": ("domain/evidence.py", "x = 1\n" * 601),
    "undocumented": ("domain/evidence.py", '"""Module."""\ndef public():\n    pass'),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_source_keeps_the_rule(rule: Rule) -> None:
    broken = [finding for module in modules() for finding in rule(module)]
    assert not broken, f"{rule.__doc__}\n" + "\n".join(broken)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_finds_what_breaks_it(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where, text = BROKEN[rule.__name__]
    path = tmp_path / "src/plumbline" / where
    path.parent.mkdir(parents=True)
    path.write_text(text)
    monkeypatch.setattr("tests.contracts.source.ROOT", tmp_path)
    monkeypatch.setattr("tests.contracts.source.PACKAGE", tmp_path / "src/plumbline")
    assert list(rule(read_module(path)))


@pytest.mark.parametrize(("role", "excuses"), [("queries", READS_WITHOUT_VIEWER), ("actions", PARTS_OF_ACTIONS)])
def test_excuses_are_still_needed(role: str, excuses: dict[tuple[str, str], str]) -> None:
    there = {
        (module.app, function.name)
        for module in on_floors("apps")
        if module.role == role
        for function in top_level_functions(module)
    }
    assert not set(excuses) - there, "these are gone, take their excuses away"


def test_imports_keep_floors_and_ladder(root: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_domain_imports_where_django_is_missing() -> None:
    blocked = """
        import sys
        for name in ("django", "sqlite3", "psycopg", "tantivy", "duckdb", "urllib.request"):
            sys.modules[name] = None
        import importlib, pkgutil
        import plumbline.domain
        for found in pkgutil.walk_packages(plumbline.domain.__path__, "plumbline.domain."):
            importlib.import_module(found.name)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(blocked)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db
def test_migrations_are_not_missing() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


@pytest.mark.filterwarnings("ignore:A test tried to use")  # the plugin warns before it refuses
def test_network_beyond_this_machine_is_blocked() -> None:
    import socket

    from pytest_socket import SocketConnectBlockedError

    with socket.socket() as near:
        near.bind(("127.0.0.1", 0))
        near.listen()
        socket.create_connection(near.getsockname(), timeout=2).close()
    with socket.socket() as far, pytest.raises(SocketConnectBlockedError):
        far.connect(("192.0.2.1", 80))


def test_warnings_are_errors() -> None:
    import warnings

    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=1)


def test_data_folder_is_thrown_away() -> None:
    from django.conf import settings

    assert settings.DATA.name.startswith("data-")
    assert Path(os.environ["PLUMBLINE_DATA"]).resolve() == settings.DATA
