"""`plumbline texts`: near-duplicates of reports, versions side by side, bad lines named."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from plumbline.cli.main import main


def run(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def test_near_names_pairs_and_refuses_a_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "reports.jsonl"
    texts = {
        "a": "one two three four five six seven",
        "b": "another text of the same kind",
        "c": "one two three four five six",
    }
    path.write_text("\n".join(json.dumps({"id": key, "text": text}) for key, text in texts.items()))
    code, out, _ = run("texts", "near", path, "--json")
    told = json.loads(out)
    assert (code, told["first"], told["second"], told["resemblance"], told["second_within"]) == (
        0,
        "a",
        "c",
        0.6667,
        1.0,
    )
    path.write_text('{"id": "a"}')
    code, _, said = run("texts", "near", path)
    assert code == 2 and "reports.jsonl, line 1" in said


def test_compare_marks_words_that_came_and_went(tmp_path: Path) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("Twelve tonnes of waste were found.\n\nIt was sent back.")
    two.write_text("Ten tonnes of waste were found.\r\n\r\nNobody was charged.\n\nIt was sent back.")
    code, out, _ = run("texts", "compare", one, two)
    assert code == 0
    assert out.splitlines() == [
        "[-Twelve-]{+Ten+} tonnes of waste were found.", "{+Nobody was charged.+}", "It was sent back.",
    ]  # fmt: skip
    rows = [json.loads(line) for line in run("texts", "compare", one, two, "--translation", "--json")[1].splitlines()]
    assert [n for row in rows for n in row["second"]] == [0, 1, 2]
