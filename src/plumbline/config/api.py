"""The REST interface at /api/v1/: one NinjaAPI, routers of the apps, errors as JSON."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI

from plumbline import __version__
from plumbline.apps.spine.edge import sentence, status_of
from plumbline.domain.errors import PlumblineError

api = NinjaAPI(
    title="Plumbline", version=__version__, docs_url=None, urls_namespace="api",
    description="Works, passages and records as the asker may see them. All reads follow the sharing rule.",
)  # fmt: skip


@api.exception_handler(PlumblineError)
def _refused(request: HttpRequest, error: PlumblineError) -> HttpResponse:
    """Answer an error with its code, its sentence, its parameters and its status."""
    body = {"code": error.code, "message": sentence(error), "params": {k: str(v) for k, v in error.params.items()}}
    return api.create_response(request, body, status=status_of(error))


urlpatterns = [path("", api.urls)]
