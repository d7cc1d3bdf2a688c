"""Disclosure control: what of a table or of microdata may be published without betraying anybody."""

from plumbline.domain.disclosure.attack import Audit, attack, audit
from plumbline.domain.disclosure.gate import Verdict, publishable
from plumbline.domain.disclosure.microdata import measure_anonymity
from plumbline.domain.disclosure.noise import add_noise
from plumbline.domain.disclosure.releases import audit_releases
from plumbline.domain.disclosure.table import Policy, Table, read_table

__all__ = [
    "Audit",
    "Policy",
    "Table",
    "Verdict",
    "add_noise",
    "attack",
    "audit",
    "audit_releases",
    "measure_anonymity",
    "publishable",
    "read_table",
]
