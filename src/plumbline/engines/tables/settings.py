"""YAML and JSON of settings, in which a key stands once: of two values one would be lost without a word."""

from __future__ import annotations

import re
from typing import Any

import yaml


class _OnceKeyed(yaml.SafeLoader):
    """Refuse, at its line, a key that stands twice in one mapping; what `<<` brings in may be overridden."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        first: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            name = key.tag, key.value
            if name in first:
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{key.value}' stands in line {first[name]} already; keep one of them",
                    problem_mark=key.start_mark,
                )
            first[name] = key.start_mark.line + 1
        return node


# YAML 1.1 takes 3e4 for text, where it wants 3.0e+4: people write numbers as calculators do.
_OnceKeyed.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def load_once_keyed(text: str) -> Any:
    """Read one YAML document as plain values; raises `yaml.YAMLError` for a fault or a key that stands twice."""
    return yaml.load(text, Loader=_OnceKeyed)  # noqa: S506
