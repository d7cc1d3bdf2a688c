"""The documents keep up with the code: paths that they name exist, pages made from code are current."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

NAMED_PATH = re.compile(
    r"`((?:src|tests|docs|tools|requirements|bench)/[^`*<>\s]*|[A-Z]+\.md|Makefile|pyproject\.toml)`"
)
MARKDOWN_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")

NOUNS = (
    "workspace", "blueprint", "work", "passage", "record", "entry", "trait", "claim", "mark", "mark class", "principal",
    "instrument", "response", "gap", "commitment", "plan", "run", "figure", "framework", "by", "viewer", "action",
)  # fmt: skip


def documents(root: Path) -> list[Path]:
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])


def test_map_names_only_paths_that_exist(root: Path) -> None:
    named = NAMED_PATH.findall((root / "docs/map.md").read_text())
    assert len(named) > 30
    missing = [path for path in named if not (root / path).exists()]
    assert not missing, f"docs/map.md names what is not there: {missing}"


def test_map_has_a_row_for_every_app_and_floor(root: Path) -> None:
    text = (root / "docs/map.md").read_text()
    folders = [*root.glob("src/plumbline/*/"), *root.glob("src/plumbline/apps/*/")]
    places = [path.relative_to(root).as_posix() for path in folders if (path / "__init__.py").exists()]
    unnamed = [place for place in places if place not in text]
    assert not unnamed, f"docs/map.md says nothing of {unnamed}"


def test_links_between_documents_lead_somewhere(root: Path) -> None:
    broken = [
        f"{document.relative_to(root)} -> {target}"
        for document in documents(root)
        for target in MARKDOWN_LINK.findall(document.read_text())
        if not (document.parent / target).exists()
    ]
    assert not broken


def test_decisions_are_numbered_without_gap_and_have_the_four_parts(root: Path) -> None:
    paths = sorted(root.glob("docs/adr/*.md"))
    numbers = [int(path.name[:4]) for path in paths]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in paths:
        text = path.read_text()
        assert text.startswith(f"# {int(path.name[:4])}. "), path
        for heading in ("## Status", "## Context", "## Decision", "## Consequences"):
            assert heading in text, f"{path.name} lacks {heading}"


def test_glossary_defines_every_noun(root: Path) -> None:
    defined = {name.lower() for name in re.findall(r"^\*\*(.+?)\*\*", (root / "GLOSSARY.md").read_text(), re.M)}
    assert set(NOUNS) <= defined, set(NOUNS) - defined


def test_every_dependency_has_its_reason(root: Path) -> None:
    reasons = dict(
        re.findall(r"^\| `([^`]+)` \| (.+?) \|", (root / "docs/reference/dependencies.md").read_text(), re.M)
    )
    for lock in ("base", "postgres", "dev", "build", "node"):
        wanted = re.findall(r"^([A-Za-z][\w.-]*)", (root / f"requirements/{lock}.in").read_text(), re.M)
        missing = [name for name in wanted if not reasons.get(name)]
        assert not missing, f"docs/reference/dependencies.md says nothing of {missing} ({lock}.in)"


def test_locks_name_no_address_and_hash_everything(root: Path) -> None:
    for path in sorted(root.glob("requirements/*.txt")):
        text = path.read_text()
        assert not re.search(r"://|^--(index|extra-index|find-links|trusted)", text, re.M), path
        pins = re.findall(r"^[A-Za-z][\w.-]*==.*$", text, re.M)
        assert pins, path
        assert all(pin.endswith("\\") for pin in pins), f"{path.name} has a pin without a hash"


def test_package_lock_names_no_registry(root: Path) -> None:
    text = (root / "package-lock.json").read_text()
    assert '"integrity"' in text
    assert '"resolved": "http' not in text


@pytest.mark.parametrize("page", ["cli.md", "settings.md"])
def test_generated_page_is_current(page: str, root: Path) -> None:
    code = f"import sys; sys.path.insert(0, 'tools'); import docs; sys.exit({page!r} in docs.stale())"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr or f"docs/reference/{page} has fallen behind: run `make docs`"
