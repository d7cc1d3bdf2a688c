"""Maps and counts as files that stand alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.records.views.common import Listed, listed
from plumbline.apps.records.views.flows import Ways
from plumbline.apps.records.views.mapping import PICTURES, Countries, Figure
from plumbline.apps.records.views.overviews import counts_chart
from plumbline.apps.records.views.small_maps import SmallMaps
from plumbline.domain.errors import NotFound
from plumbline.engines.charts import Chart
from plumbline.engines.raster import png

DRAWN: Mapping[str, Callable[[Listed], Figure]] = {
    "countries": lambda at: Countries(at, linked=False).figure(),
    "flows": lambda at: Ways(at, linked=False).figure(),
    "small": lambda at: SmallMaps(at, linked=False).figure(),
}
"""The maps that are given as files, by the name of their view."""


@require_GET
def give_picture(request: SignedInRequest, workspace: str, type: str, view: str, picture: str) -> HttpResponse:
    """Give a map as a file that stands alone: title, legend, source, date, mark and boundary note in the drawing."""
    draw = DRAWN.get(view)
    if draw is None or picture not in PICTURES:
        raise NotFound("map.picture", "There is no map {view} as {picture}.", view=view, picture=picture)
    at = listed(request, workspace, type)
    at.asked.refuse_errors()
    return _file(at, draw(at).as_file(), view, picture)


@require_GET
def give_counts(request: SignedInRequest, workspace: str, type: str, picture: str) -> HttpResponse:
    """Give the table of counts as a file that stands alone, shaded, with title, source, limits, date and mark."""
    if picture not in PICTURES:
        raise NotFound("map.picture", "There is no map {view} as {picture}.", view="counts", picture=picture)
    at = listed(request, workspace, type)
    at.asked.refuse_errors()
    return _file(at, counts_chart(at), "counts", picture)


def _file(at: Listed, chart: Chart, view: str, picture: str) -> HttpResponse:
    svg = chart.svg()
    body = svg.encode() if picture == "svg" else png(svg)
    name = f"{at.workspace.slug}-{at.record_type.id}-{view}-{timezone.localdate().isoformat()}.{picture}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=PICTURES[picture], headers=headers)
