"""Make reports on twin events: two like events in one place or one week, each told by several newspapers in their own words.

    python -m bench.twins [SEED] [PAIRS] > twins.jsonl

Every report is {"id", "title", "text", "published", "incident"}. A paper tells a part of the facts (day, street, names,
ages, numbers), in a wording, order and padding of its own; the twins share kind, town or week, and the paper's phrases.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

TOWNS = ["Toledo, Ohio", "Fresno, California", "Macon, Georgia", "Tulsa, Oklahoma", "Flint, Michigan", "Mobile, Alabama", "Peoria, Illinois", "Tacoma, Washington", "El Paso, Texas", "Trenton, New Jersey", "Spokane, Washington", "Baton Rouge, Louisiana", "Gary, Indiana", "Dayton, Ohio", "Stockton, California", "Savannah, Georgia"]  # fmt: skip
FIRST = ["James", "Maria", "Robert", "Linda", "Michael", "Sofia", "David", "Aisha", "Daniel", "Grace", "Kevin", "Nadia", "Brian", "Elena", "Marcus", "Tanya", "Andre", "Carla", "Derek", "Ruth", "Omar", "Helen", "Victor", "Paula"]  # fmt: skip
LAST = ["Walker", "Ramirez", "Johnson", "Okafor", "Bennett", "Nguyen", "Foster", "Petrov", "Hughes", "Castillo", "Morgan", "Ibrahim", "Price", "Delgado", "Barnes", "Kowalski", "Reed", "Haddad", "Simmons", "Ortiz", "Coleman", "Larsen", "Fields", "Moreno"]  # fmt: skip
STREETS = ["Maple Avenue", "Oak Street", "Jefferson Boulevard", "Lincoln Road", "Harbor Drive", "Third Street", "Pine Avenue", "Lakeview Terrace", "Madison Street", "Elm Court", "Mill Road", "Broadway", "Highland Avenue", "Cedar Lane"]  # fmt: skip
KINDS = {
    "shooting": ("shot", "shooting", "gunfire", ["gunshot wounds", "a gunshot wound to the chest", "multiple gunshot wounds"], ["outside a bar", "in a parking lot", "at an apartment complex", "outside a convenience store", "at a house party"]),
    "stabbing": ("stabbed", "stabbing", "screams", ["stab wounds", "a stab wound to the neck"], ["in a car park", "at a bus stop", "outside a restaurant", "inside a home"]),
    "fire": ("found dead", "arson fire", "an explosion", ["burns", "smoke inhalation"], ["at a warehouse", "in a rowhouse", "in a workshop", "at a scrapyard"]),
    "spill": ("taken ill", "chemical spill", "a loud hiss", ["chemical burns", "fumes"], ["at a plant", "in a storage yard", "beside the rail line", "at the port"]),
}  # fmt: skip
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
PADDING = [
    "Anyone with information is asked to call the police at once.",
    "The investigation is continuing and no further details were released.",
    "Neighbours said that the street is usually quiet.",
    "It was the latest in a series of such events in the city this year.",
    "A vigil is planned, according to a family friend.",
    "Officials did not say what led to it.",
    "Officers remained at the scene for several hours.",
    "The mayor called the news heartbreaking and asked residents to stay calm.",
    "Detectives were going door to door and looking at security video.",
    "The road was closed until the early hours of the morning.",
    "The hospital did not give an update on conditions.",
    "An autopsy will be carried out by the medical examiner.",
]


def _event(draw: random.Random, number: int) -> dict[str, Any]:
    count = draw.choice([1, 1, 1, 2, 2, 3])
    return {
        "id": f"e{number}",
        "kind": draw.choice(list(KINDS)),
        "town": draw.choice(TOWNS),
        "day": date(2016, 1, 1) + timedelta(draw.randrange(700)),
        "people": [(f"{draw.choice(FIRST)} {draw.choice(LAST)}", draw.randrange(16, 80)) for _ in range(count)],
        "accused": (f"{draw.choice(FIRST)} {draw.choice(LAST)}", draw.randrange(18, 60)),
        "block": 100 * draw.randrange(1, 90),
        "street": draw.choice(STREETS),
        "spot": "",
        "hour": draw.randrange(1, 12),
    }


def _twin(draw: random.Random, event: dict[str, Any], number: int) -> dict[str, Any]:
    """Make an event of the same kind, in the same town within some weeks or in the same week elsewhere."""
    twin = _event(draw, number) | {"kind": event["kind"], "spot": event["spot"]}
    if draw.random() < 0.6:
        return twin | {
            "town": event["town"],
            "day": event["day"] + timedelta(draw.choice([-20, -9, -5, -2, 2, 3, 6, 12, 25])),
        }
    return twin | {"day": event["day"] + timedelta(draw.choice([-2, -1, 0, 1, 2]))}


def _report(draw: random.Random, event: dict[str, Any], number: int) -> dict[str, Any]:
    done, noun, sound, wounds, _ = KINDS[event["kind"]]
    town, state = event["town"].split(", ")
    published = event["day"] + timedelta(draw.choice([0, 0, 1, 1, 1, 2, 4]))
    when = (
        DAYS[event["day"].weekday()]
        if (published - event["day"]).days < 6 and draw.random() < 0.75
        else f"{event['day']:%B} {event['day'].day}"
    )
    some = len(event["people"])
    who = ["a person", "two people", "three people"][some - 1]
    dead = draw.choice(["killed", "fatally hurt", done])
    where = draw.choice(
        [
            f"{event['spot']} in {town}",
            f"in {town}, {state}",
            f"in the {event['block']} block of {event['street']} in {town}",
        ]
    )
    lead = draw.choice([
        f"{town} police are investigating a {noun} that left {who} dead {when}.",
        f"{who.capitalize()} {'was' if some == 1 else 'were'} {dead} {when} {where}, authorities said.",
        f"A {noun} {where} on {when} has left {who} dead.",
        f"Officers called to reports of {sound} {event['spot']} {when} found {who} suffering from {draw.choice(wounds)}.",
    ])  # fmt: skip
    facts = []
    if draw.random() < 0.7:
        facts.append(draw.choice([
            f"It happened around {event['hour']} {'p.m.' if event['hour'] % 2 else 'a.m.'} in the {event['block']} block of {event['street']}.",
            f"Emergency crews were sent to {event['block']} {event['street']} shortly after {event['hour']} o'clock.",
        ]))  # fmt: skip
    if draw.random() < 0.7:
        named = [draw.choice([f"{name}, {age}", f"{age}-year-old {name}"]) for name, age in event["people"]]
        facts.append(
            draw.choice(
                ["The dead were identified as {}.", "The coroner named the victims as {}.", "Relatives identified {}."]
            ).format(" and ".join(named))
        )
    elif draw.random() < 0.5:
        facts.append(
            " and ".join(f"a {age}-year-old" for _, age in event["people"]).capitalize() + " died at the scene."
        )
    if draw.random() < 0.5:
        name, age = event["accused"]
        facts.append(draw.choice([f"{name}, {age}, was arrested and charged.", f"Police are looking for {name}, {age}.", f"A {age}-year-old suspect, {name}, is held in the county jail."]))  # fmt: skip
    draw.shuffle(facts)
    body = [lead, *facts, *draw.sample(PADDING, draw.randrange(2, 7))]
    title = draw.choice([f"{noun.capitalize()} in {town} leaves {who} dead", f"Police: {who} dead after {noun}", f"{who.capitalize()} {dead} in {town}", f"{town} {noun}: what we know"])  # fmt: skip
    return {
        "id": f"r{number}",
        "title": title,
        "text": " ".join(body),
        "published": published.isoformat(),
        "incident": event["id"],
    }


def twins(seed: int = 1, pairs: int = 100) -> Iterator[dict[str, Any]]:
    """Give the reports of so many pairs of twin events, shuffled."""
    draw = random.Random(seed)
    reports, number = [], 0
    for pair in range(pairs):
        event = _event(draw, 2 * pair)
        event["spot"] = draw.choice(KINDS[event["kind"]][4])
        for one in (event, _twin(draw, event, 2 * pair + 1)):
            for _ in range(draw.choice([1, 2, 2, 3, 4])):
                reports.append(_report(draw, one, number))
                number += 1
    draw.shuffle(reports)
    yield from reports


if __name__ == "__main__":
    for row in twins(*map(int, sys.argv[1:3])):
        print(json.dumps(row))
