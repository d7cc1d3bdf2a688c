"""Downloads of records in the formats that other programs read."""

from __future__ import annotations

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.records.exporting import MEDIA_TYPES, export_records
from plumbline.apps.records.presenting import language
from plumbline.apps.records.views.common import listed
from plumbline.domain.errors import NotFound


@require_GET
def export(request: SignedInRequest, workspace: str, type: str, format: str) -> HttpResponseBase:
    """Give the records that pass the address's filters as a file, written while it is sent."""
    if format not in MEDIA_TYPES:
        raise NotFound("export.format", "There is no export as {format}. Choose of {known}.",
                       format=format, known=", ".join(MEDIA_TYPES))  # fmt: skip
    at = listed(request, workspace, type)
    at.asked.refuse_errors()
    written = export_records(
        request.viewer, at.workspace, at.record_type.id, at.asked.chosen, format, language=language(),
        sort=at.asked.sort, base=request.build_absolute_uri("/").rstrip("/"),
    )  # fmt: skip
    name = f"{at.workspace.slug}-{at.record_type.id}-{timezone.localdate().isoformat()}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingHttpResponse(written, content_type=MEDIA_TYPES[format], headers=headers)
