"""The server's process, as it begins."""

from __future__ import annotations

import subprocess
import sys

ASKED = """
import gc, sys
import plumbline.config.wsgi
assert gc.isenabled()
pages = {"plumbline.apps.records.views.review", "plumbline.apps.library.views.reading", "plumbline.config.api"}
print(sorted(pages - set(sys.modules)), gc.get_freeze_count() > 10 * len(gc.get_objects()))
"""


def test_pages_are_imported_at_the_start_and_left_alone_by_the_collector_of_cycles() -> None:
    told = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    assert told.stdout.split("\n")[0] == "[] True"
