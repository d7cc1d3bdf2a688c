"""Collect the sentences that people read, keep their translations in step, compile them: Babel, no gettext program.

    python tools/messages.py update     extract from the source into src/plumbline/locale/<language>/LC_MESSAGES/django.po
    python tools/messages.py compile    write the .mo files that Django reads
    python tools/messages.py check      fail on a stale catalogue, and on holes in a language that is listed as complete
    python tools/messages.py missing LANGUAGE    print what waits for a translator, as a .po file
    python tools/messages.py unreviewed [LANGUAGE]    count, or print, what no second reader has confirmed
    python tools/messages.py reviewed LANGUAGE NAME [FILE]    note that NAME read the sentences of FILE (a .po), or all

The state of review stands beside each translation as a comment, `# reviewed 1a2b3c4d by NAME`; the eight characters
are the digest of the translation, so a sentence that is changed later waits for a reader again.

Three sources: gettext calls in Python, Jinja2 templates, and the sentences of errors, which the lower floors raise as
`SomeError("noun.what", "English sentence with {param}.", param=...)` without knowing of translation. A sentence that
stands as data (a reason, a label) is marked where it stands with `N_("...")`.
"""

from __future__ import annotations

import ast
import hashlib
import io
import re
import string
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src/plumbline"
LOCALE = PACKAGE / "locale"
ERROR_FAMILY = "PlumblineError"

KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# As in plumbline.ui.environment: another treatment of white space would give other message ids.
TEMPLATE_OPTIONS = {
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}
TEMPLATE_SUFFIXES = {".html", ".jinja", ".j2", ".xml", ".txt"}
# Lines that would change at every run without telling a translator anything.
VOLATILE_HEADERS = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Language-Team):.*\n', re.M
)

Found = tuple[str | tuple[str, ...], list[str], str | None]


def languages(kind: str) -> tuple[str, ...]:
    """Read `complete` or `started` from pyproject.toml."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["plumbline"]["languages"]
    return tuple(table[kind])


def sources() -> Iterator[Path]:
    """Give the files that may hold sentences, in a stable order."""
    for path in sorted(PACKAGE.rglob("*")):
        inside = path.relative_to(PACKAGE).parts
        if "migrations" in inside or "static" in inside or not path.is_file():
            continue
        if path.suffix == ".py" or (path.suffix in TEMPLATE_SUFFIXES and {"jinja2", "templates"} & set(inside)):
            yield path


def in_templates(path: Path) -> Iterator[Found]:
    """Extract from a Jinja2 template; a template that does not parse stops the run."""
    with path.open("rb") as file:
        for _, message, comments, context in extract("jinja2", file, KEYWORDS, ("Translators:",), TEMPLATE_OPTIONS):
            yield message, comments, context


def in_python(path: Path) -> Iterator[Found]:
    """Extract gettext calls and the sentences of errors from a Python module."""
    with path.open("rb") as file:
        for _, message, comments, context in extract("python", file, KEYWORDS, ("Translators:",), {}):
            yield message, comments, context
    tree = ast.parse(path.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    named = [node for function in functions for node in ast.walk(function) if isinstance(node, ast.Assign)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in (*calls, *named):
        template = error_template(node)
        if template:
            yield template, [], None


def error_template(node: ast.AST) -> str | None:
    """Give the sentence of `SomeError("code", "sentence", ...)` or of `template = "sentence"`, None for anything else."""
    if isinstance(node, ast.Assign):
        return text_of(node.value) if [name_of(target) for target in node.targets] == ["template"] else None
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return None
    sentence, name = text_of(node.args[1]), name_of(node.func)
    if name in error_classes():
        return sentence
    is_method = isinstance(node.func, ast.Attribute)
    before = sentence_takers().get((name, is_method))
    if sentence is None or before is None or (is_method and "." not in (text_of(node.args[0]) or "")):
        return None  # a method of this name that takes no code, such as "file.empty", takes something else
    return before + sentence


def text_of(node: ast.AST) -> str | None:
    """Give the text of a constant, None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@cache
def sentence_takers() -> dict[tuple[str, bool], str]:
    """Find what takes an error's sentence as its second argument, named `template`.

    (name, whether it is a method) -> what stands before the sentence: the field's name where the first argument is one.
    """
    takers = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                arguments = [one.arg for one in node.args.args]
                is_method = arguments[:1] == ["self"]
            elif isinstance(node, ast.ClassDef):
                arguments = [name_of(one.target) for one in node.body if isinstance(one, ast.AnnAssign)]
                is_method = False
            else:
                continue
            first, *rest = arguments[is_method:] or [""]
            if rest[:1] == ["template"] and first in ("code", "field"):
                takers[node.name, is_method] = "{field}: " if first == "field" else ""
    return takers


def name_of(node: ast.AST) -> str:
    """Give the last part of a dotted name, "" for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


@cache
def error_classes() -> frozenset[str]:
    """Find the error family: `PlumblineError` and every class below it, by name."""
    bases: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                bases.setdefault(node.name, set()).update(name_of(base) for base in node.bases)
    family = {ERROR_FAMILY}
    while grown := {name for name, above in bases.items() if above & family} - family:
        family |= grown
    return frozenset(family)


def extracted() -> Catalog:
    """Collect every sentence of the source into one catalogue."""
    catalogue = Catalog(project="Plumbline", charset="utf-8", fuzzy=False)
    for path in sources():
        place = (path.relative_to(ROOT).as_posix(), 0)
        for message, comments, context in in_python(path) if path.suffix == ".py" else in_templates(path):
            if message:
                catalogue.add(message, None, [place], auto_comments=comments, context=context)
    for message in catalogue:
        if message.id and brace_fields(message.id):
            message.flags.add("python-brace-format")
    return catalogue


def brace_fields(message_id: str | Iterable[str]) -> set[str]:
    """Give the names of the {fields} in a sentence; nothing when it is not a format string."""
    text = message_id if isinstance(message_id, str) else " ".join(message_id)
    try:
        return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:
        return set()


def catalogue_path(language: str) -> Path:
    """Say where a language's catalogue lies."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str) -> Catalog:
    """Read a language's catalogue, an empty one when there is none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, project="Plumbline", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def write_catalogue(language: str, catalogue: Catalog) -> None:
    """Write a catalogue without line numbers and dates, so that only sentences make a difference."""
    buffer = io.BytesIO()
    title = f"# Plumbline, {catalogue.locale.english_name if catalogue.locale else language}."
    if not catalogue.header_comment.startswith(title):  # what a translator notes below the title stays
        catalogue.header_comment = title
    write_po(buffer, catalogue, width=110, include_lineno=False, ignore_obsolete=True, sort_output=True)
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(VOLATILE_HEADERS.sub("", buffer.getvalue().decode()))


def update() -> int:
    """Bring every catalogue to the sentences of the source; translations are kept."""
    template = extracted()
    for language in languages("complete") + languages("started"):
        catalogue = read_catalogue(language)
        catalogue.update(template, no_fuzzy_matching=True)
        write_catalogue(language, catalogue)
        print(f"  {language}: {len(catalogue)} sentences, {len(list(holes(catalogue)))} to translate")
    return 0


def compile_all() -> int:
    """Write the .mo file beside every catalogue; unfinished sentences stay in English."""
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.parts[-3])
        with path.with_suffix(".mo").open("wb") as out:
            write_mo(out, catalogue)
        print(f"  {path.with_suffix('.mo').relative_to(ROOT)}")
    return 0


def holes(catalogue: Catalog) -> Iterator[Message]:
    """Give the messages without a finished translation."""
    for message in catalogue:
        translated = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and (message.fuzzy or not all(translated)):
            yield message


def mismatches(catalogue: Catalog) -> Iterator[str]:
    """Give a sentence for each translation whose placeholders differ from the source's."""
    for message, errors in catalogue.check():
        for error in errors:
            yield f"{message.id!r}: {error}"
    for message in catalogue:
        translated = message.string if isinstance(message.string, tuple | list) else (message.string,)
        for text in translated:
            if message.id and text and "python-brace-format" in message.flags:
                lost = brace_fields(message.id) ^ brace_fields(text)
                if lost:
                    yield f"{message.id!r}: fields differ: {', '.join(sorted(lost))}"


def identities(catalogue: Catalog) -> set[tuple[str | None, str]]:
    """Give what tells messages apart: context and source sentence."""
    return {
        (message.context, message.id if isinstance(message.id, str) else message.id[0])
        for message in catalogue
        if message.id
    }


def problems(language: str, template: Catalog) -> Iterator[str]:
    """Give a sentence for each thing that is wrong with a language's catalogue."""
    catalogue = read_catalogue(language)
    for _, text in sorted(identities(template) - identities(catalogue), key=str):
        yield f"not in the catalogue yet, run `make messages`: {text!r}"
    for _, text in sorted(identities(catalogue) - identities(template), key=str):
        yield f"no longer in the source, run `make messages`: {text!r}"
    yield from mismatches(catalogue)
    if language in languages("complete"):
        for message in holes(catalogue):
            yield f"not translated: {message.id!r}"


def check() -> int:
    """Print every problem of every catalogue; 1 when there is one."""
    template, count = extracted(), 0
    for language in languages("complete") + languages("started"):
        for problem in problems(language, template):
            print(f"  {language}: {problem}")
            count += 1
    print(f"  {len(identities(template))} sentences, {count} problems")
    return 1 if count else 0


def missing(language: str) -> int:
    """Print what waits for a translator as a .po file."""
    template, done = extracted(), read_catalogue(language)
    done.update(template, no_fuzzy_matching=True)
    waiting = Catalog(locale=language, project="Plumbline", fuzzy=False)
    for message in holes(done):
        waiting.add(message.id, None, message.locations, message.flags, message.auto_comments, context=message.context)
    write_po(sys.stdout.buffer, waiting, width=110, include_lineno=False)
    return 0


def digest(message: Message) -> str:
    """Give eight characters that change when the translation changes."""
    translated = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return hashlib.sha256("\n".join(translated).encode()).hexdigest()[:8]


def is_reviewed(message: Message) -> bool:
    """Tell whether somebody has confirmed the translation as it stands."""
    return any(comment.startswith(f"reviewed {digest(message)} by ") for comment in message.user_comments)


def unreviewed(language: str | None = None) -> int:
    """Count the sentences that wait for a second reader, or print those of one language as a .po file."""
    if language is None:
        for each in languages("complete") + languages("started"):
            catalogue = [message for message in read_catalogue(each) if message.id]
            print(f"  {each}: {sum(map(is_reviewed, catalogue))} of {len(catalogue)} sentences reviewed")
        return 0
    waiting = Catalog(locale=language, project="Plumbline", fuzzy=False)
    for message in read_catalogue(language):
        if message.id and not is_reviewed(message):
            waiting.add(message.id, message.string, message.locations, message.flags, context=message.context)
    write_po(sys.stdout.buffer, waiting, width=110, include_lineno=False)
    return 0


def reviewed(language: str, name: str, file: str | None = None) -> int:
    """Take over the translations of a reviewed .po file, or confirm all that stand, and note who read them."""
    catalogue, read = read_catalogue(language), read_catalogue(language)
    if file:
        with Path(file).open("rb") as opened:
            read = read_po(opened, locale=language)
    for seen in read:
        message = catalogue.get(seen.id if isinstance(seen.id, str) else seen.id[0], seen.context) if seen.id else None
        if message is not None and all(seen.string):
            message.string = seen.string
            others = [comment for comment in message.user_comments if not comment.startswith("reviewed ")]
            message.user_comments = [*others, f"reviewed {digest(message)} by {name}"]
    write_catalogue(language, catalogue)
    return unreviewed()


COMMANDS = {"update": update, "compile": compile_all, "check": check}


def main(arguments: list[str]) -> int:
    """Run one command."""
    if len(arguments) == 2 and arguments[0] == "missing":
        return missing(arguments[1])
    if len(arguments) in (1, 2) and arguments[0] == "unreviewed":
        return unreviewed(*arguments[1:])
    if len(arguments) in (3, 4) and arguments[0] == "reviewed":
        return reviewed(*arguments[1:])
    if len(arguments) == 1 and arguments[0] in COMMANDS:
        return COMMANDS[arguments[0]]()
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
