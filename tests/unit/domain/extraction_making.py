"""Invented reports with what they tell, for learning from."""

from __future__ import annotations

import random
from typing import Any

from plumbline.domain.extraction.learned import Example, Filler, Told

GROUPS = ["Red Dawn", "the Northern Front", "Free Valley", "the River Brigade", "New Order", "the Lantern Group"]
TARGETS = [
    "a police station",
    "the power plant",
    "a rural bank",
    "the town hall",
    "an army truck",
    "the radio mast",
    "a bridge",
]
WEAPONS = ["dynamite", "rifles", "a mortar", "car bombs", "grenades"]
PEOPLE = ["Ana Flores", "Luis Prado", "the mayor of Alta", "two soldiers", "Judge Rios", "a farmer"]
QUIET = [
    "The minister opened a school in Alta and spoke of the harvest.",
    "Coffee prices rose again, traders in the port said.",
]


def report(number: int) -> dict[str, Any]:
    """One report: an attack, a kidnapping, or nothing."""
    chance = random.Random(number)
    group, target, weapon, person = (chance.choice(each) for each in (GROUPS, TARGETS, WEAPONS, PEOPLE))
    kind = ("attack", "kidnapping", "")[number % 3]
    if kind == "attack":
        text = f"Last night members of {group} attacked {target} with {weapon}. Police said that {person} was wounded. {QUIET[0]}"
        fields = {"organisation": [group], "target": [target], "weapon": [weapon], "victim": [person]}
    elif kind == "kidnapping":
        text = f"{person} was kidnapped by {group} on the road to Alta. The kidnappers asked for money. {QUIET[1]}"
        fields = {"organisation": [group], "victim": [person]}
    else:
        return {"id": f"r{number}", "text": " ".join(chance.sample(QUIET, 2)), "incidents": []}
    return {"id": f"r{number}", "text": text, "incidents": [{"type": kind, "fields": fields}]}


BLUEPRINT = """\
blueprint: unrest
version: 1
title: {en: Unrest}
summary: {en: Invented.}
content_languages: [en]
sharing: {works: {level: CLEAR}, records: {level: CLEAR}}
types:
""" + "".join(
    f"""\
  {kind}:
    title: {{en: {kind.title()}}}
    plural: {{en: {kind.title()}s}}
    traits: {{event: {{when: date}}}}
    title_from: [victim]
    fields:
      date: {{type: date, label: {{en: Date}}}}
      organisation: {{type: text, label: {{en: Organisation}}}}
      target: {{type: text, many: true, label: {{en: Target}}}}
      victim: {{type: text, many: true, label: {{en: Victim}}}}
      weapon: {{type: text, many: true, label: {{en: Weapon}}}}
    extraction: {{cues: {{en: [attacked, kidnapped]}}, fields: {{date: {{from: dates}}}}}}
"""
    for kind in ("attack", "kidnapping")
)


def example(number: int) -> Example:
    """One report as an example for training."""
    row = report(number)
    told = [
        Told(one["type"], {name: [Filler(text) for text in texts] for name, texts in one["fields"].items()})
        for one in row["incidents"]
    ]
    return Example(row["id"], row["text"], told)
