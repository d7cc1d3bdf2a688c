"""Puts the viewer on the request: who asks, worked out when first needed."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from plumbline.apps.accounts.queries import viewer_for
from plumbline.domain.access import PUBLIC, Viewer


class SignedInRequest(HttpRequest):
    """A request as views receive it."""

    viewer: Viewer


def viewer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give every request its `viewer`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        def asked() -> Viewer:
            user = request.user
            return viewer_for(user) if user.is_authenticated else PUBLIC

        request.viewer = SimpleLazyObject(asked)  # type: ignore[attr-defined]
        return get_response(request)

    return middleware
