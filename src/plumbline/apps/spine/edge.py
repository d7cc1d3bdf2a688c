"""The one table from error codes to HTTP status and exit code, and the middleware that answers with it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import sync_only_middleware
from django.utils.translation import gettext

from plumbline.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, PlumblineError, Unavailable

HTTP = {NotFound: 404, Forbidden: 403, Conflict: 409, InvalidInput: 400, Unavailable: 501, PlumblineError: 400}
EXIT = {InvalidInput: 2, NotFound: 3, Forbidden: 4, Conflict: 5, Unavailable: 6, PlumblineError: 1}


def status_of(error: PlumblineError) -> int:
    """Give the HTTP status of an error, by the nearest of its classes."""
    return next(HTTP[kind] for kind in type(error).__mro__ if kind in HTTP)


def exit_code_of(error: PlumblineError) -> int:
    """Give the exit code of an error, by the nearest of its classes."""
    return next(EXIT[kind] for kind in type(error).__mro__ if kind in EXIT)


def sentence(error: PlumblineError) -> str:
    """Say the error in the language that is active, with its parameters; a role, an inner error is said in it too."""
    return gettext(error.template).format(**{name: _said(name, value) for name, value in error.params.items()})


def _said(name: str, value: object) -> object:
    if isinstance(value, PlumblineError):
        return sentence(value)
    return gettext(str(value)) if name == "role" else value


@sync_only_middleware
def errors(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer a PlumblineError raised by a view with a page that says it, and its status."""

    class Answering:
        def __call__(self, request: HttpRequest) -> HttpResponse:
            return get_response(request)

        def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
            if not isinstance(error, PlumblineError):
                return None
            status = status_of(error)
            words = {"message": sentence(error), "code": error.code, "status": status}
            return render(request, "error.html", words, status=status)

    return Answering()


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere like a thing that one may not see."""
    return render(request, "error.html", {"message": "", "code": "page.unknown", "status": 404}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours in words, with nothing that needs the database."""
    words = gettext(
        "Something broke on our side. Nothing that you sent was half kept; try again, and tell your administrator."
    )
    page = f'<!doctype html><meta charset="utf-8"><title>500</title><main><h1>500</h1><p>{words}</p></main>'
    return HttpResponse(page, status=500)
