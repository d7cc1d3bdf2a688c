"""Every template compiles in the environment that pages use; that environment escapes and knows no blanks."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from plumbline.ui.environment import environment

PACKAGE = Path(__file__).resolve().parents[3] / "src/plumbline"
TEMPLATES = sorted(PACKAGE.glob("**/jinja2/**/*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_template_compiles_and_names_no_other_host(path: Path) -> None:
    text = path.read_text()
    environment().compile(text, filename=str(path))
    for attribute in ("src", "href", "action"):
        assert f'{attribute}="http' not in text, f"{path.name} asks another host"


def test_template_with_unknown_name_is_an_error_never_a_blank() -> None:
    assert environment().from_string("{{ name }}").render(name="x") == "x"
    with pytest.raises(UndefinedError):
        environment().from_string("{{ name }}").render()


def test_values_are_escaped() -> None:
    assert environment().from_string("{{ name }}").render(name="<script>") == "&lt;script&gt;"
