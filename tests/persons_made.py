"""Rows of made-up persons, some of them twice, with which matching is tried."""

from __future__ import annotations

import csv
import random
from pathlib import Path

SPEC = """
compare:
  - {column: "family name", kind: name, frequencies: true}
  - {column: given, kind: name}
  - {column: born, kind: date}
  - {column: [lat, lon], kind: distance}
  - {column: height, kind: number}
  - {column: sex}
block:
  - ["family name", "born[:4]"]
  - [given, born]
sure:
  - ["family name", given, born]
learn:
  - ["family name"]
  - [born]
recall: 0.4
"""
HEAD = ["id", "family name", "given", "born", "lat", "lon", "height", "sex"]


def write_persons(path: Path, *, seed: int = 1, count: int = 600) -> set[tuple[str, str]]:
    """Write persons; every fourth comes again with a letter changed in a name or another day of birth. Gives the true pairs."""
    draw, pairs = random.Random(seed), set()
    syllables = [a + b for a in "bdfgklmnprst" for b in ("a", "el", "in", "o", "u")]
    rows: list[list[object]] = []
    for number in range(count):
        names = ["".join(draw.choice(syllables) for _ in range(3)).capitalize() for _ in range(2)]
        born = f"{draw.randrange(1940, 2005)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
        place = [round(draw.uniform(-60, 60), 3), round(draw.uniform(-170, 170), 3)]
        row = [f"p{number}", *names, born, *place, draw.randrange(150, 200), draw.choice("fm")]
        rows.append(row)
        if number % 4 == 0:
            again = [f"p{number}b", *row[1:]]
            if number % 8:
                again[1] = f"{names[0][:-1]}z"
            else:
                again[3] = f"{born[:8]}{draw.randrange(1, 29):02d}"
            rows.append(again)
            pairs.add((f"p{number}", f"p{number}b"))
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerows([HEAD, *rows])
    return pairs
