"""The REST interface at /api/v1/: one NinjaAPI, the routers of the apps, errors as JSON, a page that lists the routes."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from plumbline import __version__
from plumbline.apps.library.api import router as library_router
from plumbline.apps.library.saved_api import router as searches_router
from plumbline.apps.records.api import router as records_router
from plumbline.apps.records.ties_api import router as ties_router
from plumbline.apps.spine.edge import sentence, status_of
from plumbline.apps.teamwork.api import router as teamwork_router
from plumbline.domain.errors import PlumblineError

api = NinjaAPI(
    title="Plumbline", version=__version__, docs_url=None, urls_namespace="api",
    description="Works, passages and records as the asker may see them, by the same rule as the pages. Reading needs no "
    "account where things are public; writing needs a session and its CSRF token in the header X-CSRFToken.",
)  # fmt: skip
api.add_router("", records_router)
api.add_router("", ties_router)
api.add_router("", library_router)
api.add_router("", searches_router)
api.add_router("", teamwork_router)


def _answer(request: HttpRequest, code: str, message: str, status: int, params: Any = None) -> HttpResponse:
    return api.create_response(request, {"code": code, "message": message, "params": params or {}}, status=status)


@api.exception_handler(PlumblineError)
def refused(request: HttpRequest, error: PlumblineError) -> HttpResponse:
    """Answer an error of ours with its code, its sentence, its parameters and its status."""
    params = {name: str(value) for name, value in error.params.items()}
    return _answer(request, error.code, sentence(error), status_of(error), params)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer a request that does not have the promised shape with where it fails."""
    wrong = [{"at": ".".join(str(one) for one in each["loc"]), "problem": each["msg"]} for each in error.errors]
    at = ", ".join(each["at"] for each in wrong)
    return _answer(request, "api.invalid", _("This was not understood: %(at)s.") % {"at": at}, 400, {"errors": wrong})


@api.exception_handler(AuthenticationError)
def unknown_asker(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Answer a write of nobody."""
    return _answer(request, "api.sign-in", _("Sign in first: writing needs an account."), 401)


@api.exception_handler(HttpError)
def other(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer what the framework refuses (a missing CSRF token) in the same shape."""
    return _answer(request, "api.refused", str(error), error.status_code)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return _answer(request, "api.unknown", _("There is nothing here under this address."), 404)


def show_routes(request: HttpRequest) -> HttpResponse:
    """List the routes for people; nothing on the page comes from elsewhere."""
    schema = api.get_openapi_schema()
    routes = [
        {
            "method": method.upper(),
            "path": address,
            "summary": one.get("summary", ""),
            "text": one.get("description", ""),
        }
        for address, methods in schema["paths"].items()
        for method, one in methods.items()
    ]
    return render(request, "api.html", {"routes": routes, "about": schema["info"]["description"]})


urlpatterns = [path("", show_routes, name="api-routes"), path("", api.urls)]
