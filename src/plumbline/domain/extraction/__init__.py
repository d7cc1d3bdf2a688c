"""Read incidents out of text: dates, places, amounts, terms, organisations, and the records they make together.

`extract` is the front door; the `find_*` functions serve one kind of mention each and may be used alone.
"""

from plumbline.domain.extraction.dates import find_dates
from plumbline.domain.extraction.extract import extract
from plumbline.domain.extraction.model import Gazetteer, Mention, Place, ProposedRecord, Span
from plumbline.domain.extraction.numerals import read_number
from plumbline.domain.extraction.organisations import find_organisations, find_persons
from plumbline.domain.extraction.places import find_places
from plumbline.domain.extraction.quantities import find_people, find_quantities, unit_names
from plumbline.domain.extraction.terms import PhraseMatcher

__all__ = [
    "Gazetteer",
    "Mention",
    "PhraseMatcher",
    "Place",
    "ProposedRecord",
    "Span",
    "extract",
    "find_dates",
    "find_organisations",
    "find_people",
    "find_persons",
    "find_places",
    "find_quantities",
    "read_number",
    "unit_names",
]
