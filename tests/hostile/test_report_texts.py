"""Reports as they should not be written: telegrams, hundreds of pages, dates at odds with one another or with the calendar."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from plumbline.domain.blueprints import load_shipped
from plumbline.domain.extraction import ProposedRecord, extract
from plumbline.engines.gazetteer import gazetteer_folder, open_gazetteer

SEIZED = "customs seized 12 tonnes of lead batteries in Lagos"
PAGE = (
    f"On 5 March 2011 {SEIZED}. The waste came from Genoa. "
    + "The inspectors wrote down what they saw in the harbour and spoke with the crew at length about the voyage. " * 16
    + "\n\n"
)
SECONDS, BYTES = 120, 3 * 1024**3


def read(text: str) -> tuple[ProposedRecord, ...]:
    gazetteer = open_gazetteer(gazetteer_folder())
    published = date(2011, 3, 12)
    return extract(
        text, blueprint=load_shipped("hazardous-waste"), language="en", published=published, gazetteer=gazetteer
    )


def said(text: str) -> dict[str, Any]:
    [one] = read(text)
    assert all(text[each.start : each.end] == each.text for each in one.mentions)
    return {each.field: each.value for each in one.mentions}


def test_telegram_in_capitals_is_read_as_running_text_is() -> None:
    told = said(
        "LAGOS 5 MARCH 2011 STOP CUSTOMS SEIZED 12 TONNES LEAD BATTERIES STOP WASTE CAME FROM GENOA STOP CREW HELD"
    )
    assert (told["date"]["start"], told["place"]["name"], told["amount"]["low"]) == ("2011-03-05", "Lagos", 12.0)
    assert told["origin"] == "IT"


def test_dates_that_contradict_one_another_give_one_incident_with_the_first() -> None:
    told = said(
        f"On 5 March 2011 {SEIZED}. It was on 7 March 2011, the police said, and on 9 March 2011 by the port's account."
    )
    assert told["date"] == {"start": "2011-03-05", "end": "2011-03-05", "precision": "day"}


@pytest.mark.parametrize("day", ["31 February 2011", "0 February 2011", "2011-02-30"])
def test_day_that_no_calendar_has_is_never_told_as_a_day(day: str) -> None:
    for one in read(f"On {day} {SEIZED}."):
        dates = [each.value for each in one.mentions if each.field == "date"]
        assert all(each["precision"] != "day" for each in dates), dates


def test_day_after_publication_is_not_the_incident_s() -> None:
    told = said(f"On 5 March 2011 {SEIZED}. The hearing is on 9 June 2031.")
    assert told["date"]["start"] == "2011-03-05"


def test_report_of_500_pages_is_read_within_bounds_of_time_and_memory(tmp_path: Path) -> None:
    """The limits are the operating system's: a process that passes one is killed."""
    reports = tmp_path / "in.jsonl"
    reports.write_text(json.dumps({"id": 1, "text": PAGE * 500, "language": "en", "published": "2011-03-12"}) + "\n")

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))

    words = ("-m", "plumbline.cli", "extract", str(reports), "--blueprint", "hazardous-waste", "--json")
    ran = subprocess.run([sys.executable, *words], capture_output=True, text=True, preexec_fn=bounded)
    assert ran.returncode == 0, ran.stderr[-500:]
    incidents = json.loads(ran.stdout)["incidents"]
    assert incidents and all(one["fields"]["date"][0]["value"]["start"] == "2011-03-05" for one in incidents)
