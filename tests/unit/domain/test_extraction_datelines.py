"""Datelines and headings in capitals name no organisation, and no name runs on over the end of a heading."""

from __future__ import annotations

import pytest

from plumbline.domain.extraction import find_organisations
from plumbline.domain.extraction.organisations import actors_among


def _names(language: str, text: str) -> list[str]:
    return [span.value for span in find_organisations(text, language=language)]


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("en", "CAIRO, EGYPT — Police said Eco Trade Ltd. paid.", ["Eco Trade Ltd."]),
        ("en", "EGYPT: Customs of Port Said seized drums.", ["Customs of Port Said"]),
        ("en", "DHAKA, Bangladesh: Officers said so.", []),
        ("en", "LAGOS (AFP) - Officers of the state said so.", []),
        ("en", "LAGOS, Nigeria (AP) — Officers said so.", []),
        ("en", "ROME, Italy - The Environment Agency said so.", ["Environment Agency"]),
        ("en", "(ABUJA) Officers of the state said so.", []),
        ("en", "ILLEGAL WASTE SEIZED IN LAGOS\nOfficers of the state said that drums lay in a yard.", []),
        ("fr", "PARIS, FRANCE — La police a saisi des fûts.", []),
        ("fr", "ALGER (AFP) - La gendarmerie a saisi des fûts.", []),
        ("fr", "MAROC : la Douane de Tanger a saisi des fûts.", ["Douane de Tanger"]),
        ("es", "LIMA (EFE).- La policía incautó bidones.", []),
        ("es", "MADRID, ESPAÑA – La policía incautó bidones.", []),
        ("it", "ROMA - I Carabinieri hanno trovato dei fusti.", ["Carabinieri"]),
        ("it", "NAPOLI – La Guardia di Finanza ha trovato dei fusti.", ["Guardia di Finanza"]),
    ],
)
def test_place_of_a_dateline_is_no_organisation(language: str, text: str, names: list[str]) -> None:
    assert _names(language, text) == names


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("en", "EGYPT\nEnvironment Agency officers seized waste.", ["Environment Agency"]),
        ("en", "Illegal Waste Found\nEnvironment Agency officers said so.", ["Environment Agency"]),
        ("en", "Seizure at Port\nHull Customs Service said so.", ["Hull Customs Service"]),
        ("en", "Customs Service\n\nMinistry of Health", ["Customs Service", "Ministry of Health"]),
        ("fr", "Saisie à Marseille\nDouane de Lyon", ["Douane de Lyon"]),
        ("it", "Sequestro a Bari\nGuardia di Finanza al lavoro", ["Guardia di Finanza"]),
    ],
)
def test_name_does_not_run_on_over_the_end_of_a_heading(language: str, text: str, names: list[str]) -> None:
    assert _names(language, text) == names


def test_name_runs_on_where_a_line_was_broken_by_its_width() -> None:
    text = (
        "The drums lay in a yard behind the old mill until somebody told the Ministry\n"
        "of Foreign Affairs of them, and then the other men of the local Environment\n"
        "Protection Agency came to look at what had leaked into the brook for years."
    )

    assert _names("en", text) == ["Ministry of Foreign Affairs", "Environment Protection Agency"]


def test_capitals_keep_naming_where_they_are_explained_or_known() -> None:
    text = "The firm Eco Trade Ltd (ETL) paid. ETL and GENEVA, WHO said, knew."
    found = find_organisations(text, language="en")

    assert [span.value for span in found if span.value in ("ETL", "WHO")] == ["ETL", "ETL", "WHO"]
    assert "ETL" in [span.value for span in actors_among(found, language="en")]
