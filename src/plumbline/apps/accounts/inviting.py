"""Invitations: a new account gets a link by mail, or by the administrator's hand where no mail server is set."""

from __future__ import annotations

import logging
import secrets
from datetime import date, timedelta
from typing import TYPE_CHECKING

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from plumbline.apps.accounts import actions
from plumbline.apps.accounts.middleware import SignedInRequest
from plumbline.apps.accounts.queries import find_invited, people
from plumbline.apps.accounts.views import crumbs, for_administrators
from plumbline.apps.spine.queries import installation, workspaces
from plumbline.domain.errors import InvalidInput
from plumbline.ui.environment import format_date

if TYPE_CHECKING:
    from plumbline.apps.accounts.models import Person

INVITATION_DAYS = 7
_log = logging.getLogger(__name__)


@require_POST
@for_administrators
def put_person(request: SignedInRequest) -> HttpResponse:
    """Make or change an account; whoever gets a new one is invited to choose a password."""
    email = request.POST.get("email", "").strip().lower()
    if "@" not in email:
        raise InvalidInput("person.email", "{email} is no e-mail address. Nothing was kept.", email=email or "''")
    known = people().filter(email=email).exists()
    roles = {one.slug: role for one in workspaces(request.viewer) if (role := request.POST.get(f"role-{one.slug}"))}
    language = request.POST.get("language", "")
    person = actions.put_person(
        email, name=request.POST.get("name", ""), organisation=request.POST.get("organisation") or None, roles=roles,
        language=language if language in dict(settings.LANGUAGES) else "en",
        administrator="administrator" in request.POST, by=request.viewer,
    )  # fmt: skip
    if not known:
        return _invite(request, person)
    messages.success(request, _("Saved."))
    return redirect("accounts:administration")


@require_POST
@for_administrators
def invite_again(request: SignedInRequest, person: str) -> HttpResponse:
    """Invite a person whose link is lost or too old, or who can no longer sign in."""
    found = people().filter(public_id=person).first()
    return _invite(request, found) if found else redirect("accounts:administration")


def _invite(request: SignedInRequest, person: Person) -> HttpResponse:
    secret, until = secrets.token_urlsafe(24), timezone.now() + timedelta(days=INVITATION_DAYS)
    actions.invite(person.public_id, secret, until=until, by=request.viewer)
    last_day = timezone.localtime(until).date()
    link = request.build_absolute_uri(reverse("accounts:invitation-show", args=[secret]))
    if settings.MAIL_SERVER and _sent(person, link, last_day, by=request.viewer.name):
        messages.success(request, _("The invitation was sent to %(email)s.") % {"email": person.email})
        return redirect("accounts:administration")
    context = {
        "email": person.email,
        "link": link,
        "until": last_day,
        "failed": settings.MAIL_SERVER,
        "crumbs": crumbs(),
    }
    return render(request, "accounts/invited.html", context)


def _sent(person: Person, link: str, until: date, *, by: str) -> bool:
    """Send the link in the person's language; tell whether the mail server took it."""
    found = installation()
    with translation.override(person.language):
        words = {
            "who": by,
            "installation": found.name if found else "Plumbline",
            "until": strip_tags(format_date(until)),
        }
        subject = _("You are invited to %(installation)s") % words
        text = _("%(who)s invites you to %(installation)s. Choose your password on the page below. The link works once, until %(until)s.")  # fmt: skip
        try:
            send_mail(" ".join(subject.split()), f"{text % words}\n\n{link}\n", None, [person.email])
        except OSError:  # SMTPException is one
            _log.exception("An invitation could not be sent")
            return False
    return True


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Let who was invited choose a password, and sign them in; opening the page alone uses nothing up."""
    person = find_invited(secret, timezone.now())
    if person is None:
        return render(request, "account/password_set.html", status=404)
    form = SetPasswordForm(person, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/invitation.html", {"form": form, "email": person.email})
    by = request.viewer  # type: ignore[attr-defined]
    password = form.cleaned_data["new_password1"]
    person = actions.accept_invitation(secret, password, now=timezone.now(), by=by)
    answer: HttpResponse = perform_login(request, person, redirect_url=reverse("accounts:profile-show"))
    return answer
