"""Measure dates and places found in text without capitals: MUC-4 texts as given, against the location slots of their keys.

    PLUMBLINE_BENCH_DATA=FOLDER python -m bench.muc4_places [train|dev]

A text counts when a key names a location. `country`: a proposal names a country of the keys. `town`: of the keys'
towns that the gazetteer knows in that country, the share that some proposal names (by name or within 50 km).
`place_precision`: of the proposals' places, the share whose country is one of the keys' and whose name stands in a
key or within 50 km of a town of one (a key names its country alone where the town was not asked for: then the country
decides). Prints JSON.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.extraction import gazetteer_here, values_of

from plumbline.domain.blueprints import parse
from plumbline.domain.extraction import Gazetteer, Place, extract
from plumbline.domain.extraction.text import fold_name, kilometres

BLUEPRINT = Path(__file__).parent / "blueprints" / "political-violence-map.yaml"


def locations(row: dict[str, Any]) -> list[list[str]]:
    """List the locations of a text's keys as names from country to place, kinds in brackets cut off."""
    found = []
    for template in row.get("full_key_templates") or ():
        for written in template.get("INCIDENT: LOCATION", ()):
            if written and written != "*":
                found.append([re.sub(r"\s*\(.*?\)", "", part).strip() for part in written.split(":")])
    return found


def _towns(keys: list[list[str]], gazetteer: Gazetteer) -> Iterator[tuple[str, tuple[Place, ...]]]:
    for country, *parts in keys:
        lands = {p.country for p in gazetteer.find(fold_name(country)) if p.precision == "country"}
        for part in parts:
            known = tuple(p for p in gazetteer.find(fold_name(part)) if p.country in lands and p.precision != "country")
            if known:
                yield part, known


def _meets(value: dict[str, Any], towns: tuple[Place, ...]) -> bool:
    return any(kilometres(p.lat, p.lon, value["lat"], value["lon"]) <= 50 for p in towns)


def measure(rows: list[dict[str, Any]], gazetteer: Gazetteer) -> dict[str, Any]:
    """Count over the texts whose keys name a location."""
    blueprint = parse(BLUEPRINT.read_text(encoding="utf-8"), name="political-violence")
    counts: Counter[str] = Counter()
    began = time.process_time()
    for row in rows:
        keys = locations(row)
        text = "\n\n".join([row["docid"], *(part.strip() for part in row["doctext"].split("    ") if part.strip())])
        found = extract(text, blueprint=blueprint, language="en", published=None, gazetteer=gazetteer)
        counts["proposals"] += len(found)
        values = [values_of(one) for one in found]
        counts["dated"] += sum(bool(one.get("date")) for one in values)
        places = [value for one in values for value in one.get("place", ())]
        counts["placed"] += sum(value["precision"] != "country" for value in places)
        if not keys:
            counts["silent"] += not found
            counts["without_key"] += 1
            continue
        lands = {p.country for key in keys for p in gazetteer.find(fold_name(key[0])) if p.precision == "country"}
        towns = dict(_towns(keys, gazetteer))
        counts["texts"] += 1
        counts["country"] += any(set(one.get("country", ())) & lands for one in values)
        counts["towns"] += len(towns)
        counts["towns_found"] += sum(any(_meets(value, spots) for value in places) for spots in towns.values())
        named = tuple(p for spots in towns.values() for p in spots)
        for value in places:
            counts["places"] += 1
            inside = value["country"] in lands
            bare = any(len(key) == 1 for key in keys)
            counts["places_right"] += inside and (value["precision"] == "country" or bare or _meets(value, named))
    share = {
        "country": counts["country"] / max(1, counts["texts"]),
        "town": counts["towns_found"] / max(1, counts["towns"]),
        "place_precision": counts["places_right"] / max(1, counts["places"]),
    }
    rounded = {name: round(value, 3) for name, value in share.items()}
    return dict(counts) | rounded | {"cpu_ms_per_text": round(1000 * (time.process_time() - began) / len(rows), 1)}


def main() -> None:
    """Measure one split and print."""
    split = sys.argv[1] if len(sys.argv) > 1 else "train"
    path = Path(os.environ.get("PLUMBLINE_BENCH_DATA", "")) / "muc4" / f"{split}.jsonl"
    if not path.is_file():
        print(json.dumps({"skipped": f"PLUMBLINE_BENCH_DATA names no folder with muc4/{split}.jsonl"}))
        return
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    print(json.dumps({split: measure(rows, gazetteer_here())}))


if __name__ == "__main__":
    main()
