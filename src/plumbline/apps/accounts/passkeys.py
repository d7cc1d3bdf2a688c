"""Passkeys: addresses and pages over allauth's ceremonies; adding and removing one are acts like every other write."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import authenticate
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    ListWebAuthnView,
    RemoveWebAuthnView,
    login_webauthn,
    reauthenticate_webauthn,
)
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from plumbline.apps.accounts import actions


@contextmanager
def _readable() -> Iterator[None]:
    """Refuse what is no credential: the libraries below answer each wrong shape with an error of another kind."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error) as error:
        raise get_adapter().validation_error("incorrect_code") from error


class _Signed(AuthenticateWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        with _readable():
            return super().clean_credential()


class SecondStep(_Signed):
    """A passkey after the password."""


class SignIn(_Signed, LoginWebAuthnForm):
    """A passkey alone."""


class Confirm(_Signed, ReauthenticateWebAuthnForm):
    """A passkey of who is signed in."""


class NewPasskey(AddWebAuthnForm):
    """A passkey just made."""

    def clean(self) -> dict[str, Any]:
        """Check what the authenticator made."""
        with _readable():
            found: dict[str, Any] = super().clean()
        return found


class Passkeys(ListWebAuthnView):
    """List one's own passkeys."""

    template_name = "accounts/passkeys.html"


class AddPasskey(AddWebAuthnView):
    """Keep what the browser's authenticator made; asks for the password again when it was given long ago."""

    template_name = "accounts/passkey-add.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the passkey."""
        raise_if_reauthentication_required(self.request, app="allauth.mfa")
        given = form.cleaned_data
        actions.add_passkey(given["name"], given["credential"], by=self.request.viewer)
        messages.success(self.request, _("Saved."))
        return redirect("mfa_index")


class RemovePasskey(RemoveWebAuthnView):
    """Remove one of one's own passkeys."""

    template_name = "accounts/passkey-remove.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove the passkey."""
        raise_if_reauthentication_required(self.request, app="allauth.mfa")
        actions.remove_passkey(self.get_object().pk, by=self.request.viewer)
        messages.success(self.request, _("Saved."))
        return redirect("mfa_index")


# The names are those that allauth looks for.
urlpatterns = [
    path("", Passkeys.as_view(), name="mfa_index"),
    path("add/", AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("<int:pk>/remove/", RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("sign-in/", login_webauthn, name="mfa_login_webauthn"),
    path("second-step/", authenticate, name="mfa_authenticate"),
    path("confirm/", reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
]
