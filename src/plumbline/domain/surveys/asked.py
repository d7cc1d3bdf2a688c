"""Which columns of a file a design and a plan speak of, so that no others need be read."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from plumbline.domain.columns import Columns
from plumbline.domain.surveys.conditions import rows_where
from plumbline.domain.surveys.plan import columns_of_plan, read_plan
from plumbline.domain.surveys.settings import names as listed_names

WORD = re.compile(r"[^\W\d][\w.]*|\.[\w.]+")


def asked_columns(names: Sequence[str], settings: Any, plan: Any) -> list[str]:
    """Give the columns that settings or plan mention, as a word or by a pattern; at least the first."""
    texts = list(_texts([settings, plan]))
    known = set(names)
    found = {text for text in texts if text in known}
    for text in texts:
        found |= {word for word in WORD.findall(text) if word in known}
        found |= {quoted for quoted in re.findall("`([^`]+)`", text) if quoted in known}
        found |= {part.strip() for part in re.split(r"[:*]", text) if part.strip() in known}
    replicates = settings.get("replicates") if isinstance(settings, Mapping) else None
    if isinstance(replicates, Mapping):
        for pattern in _texts(replicates.get("columns")):
            found |= {name for name in names if fnmatch.fnmatchcase(name, pattern)} or _by_expression(names, pattern)
    return [name for name in names if name in found] or list(names[:1])


def _by_expression(names: Sequence[str], pattern: str) -> set[str]:
    try:
        return {name for name in names if "[" in pattern and re.search(pattern, name)}
    except re.error:
        return set()


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def check_columns(file: str, names: Sequence[str], settings: Any, plan: Any, *, design: str, plan_name: str) -> None:
    """Refuse a design or plan that names a column the file lacks, listing those that it has."""
    whole = Columns(file, dict.fromkeys(names, np.empty(0, dtype=object)))
    if isinstance(settings, Mapping):
        if isinstance(settings.get("weights"), str):
            whole.require(settings["weights"])
        for key in ("strata", "clusters", "fpc"):
            whole.require(*listed_names(settings.get(key), name=design, key=key))
    whole.require(*sorted(columns_of_plan(plan, name=plan_name)))
    for entry in read_plan(plan, name=plan_name):
        rows_where(whole, entry.given.get("domain"), name=entry.name)
