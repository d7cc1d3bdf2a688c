"""Invitations: by mail or by hand, once, for some days, by administrators alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from tests.factories import House

from plumbline.apps.accounts.actions import accept_invitation, invite, put_person, set_active
from plumbline.apps.accounts.models import Invitation, Person
from plumbline.apps.accounts.queries import SYSTEM, find_invited
from plumbline.apps.spine.models import AuditEntry
from plumbline.domain.access import PUBLIC
from plumbline.domain.errors import Forbidden, NotFound

pytestmark = pytest.mark.django_db
WORD = "seven quiet harbours"
SIGN_IN = "allauth.account.auth_backends.AuthenticationBackend"
CHOSEN = {"new_password1": WORD, "new_password2": WORD}


@pytest.fixture
def chief(house: House) -> Client:
    """The browser of an administrator."""
    person = put_person("root@example.org", name="Root", organisation="police", roles={}, administrator=True, by=SYSTEM)
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(person, backend=SIGN_IN)
    return browser


def add(chief: Client, **more: str) -> Any:
    """Send the form that adds a person, who gets a role."""
    form = {
        "email": "New@example.org",
        "name": "New",
        "organisation": "police",
        "language": "fr",
        "role-trial": "reviewer",
    }
    return chief.post("/administration/people/", form | more)


def link_in(text: str) -> str:
    """The path of the invitation in a page or mail."""
    return re.search(r"http://testserver(/invitation/[\w-]+/)", text)[1]  # type: ignore[index]


def test_without_mail_server_the_link_is_shown_and_works_once(chief: Client) -> None:
    answer = add(chief)
    link, guest = link_in(answer.content.decode()), Client()
    assert mail.outbox == []
    assert "new@example.org" in guest.get(link).content.decode()
    assert guest.get(link).status_code == 200, "opening the page uses nothing up"
    assert guest.post(link, CHOSEN).status_code == 302
    assert guest.get("/me/").status_code == 200
    assert guest.get(link).status_code == guest.post(link, CHOSEN).status_code == 404
    assert Client().login(email="new@example.org", password=WORD)


def test_with_mail_server_the_link_goes_by_mail_in_the_persons_language(chief: Client, settings: Any) -> None:
    settings.MAIL_SERVER = True
    page = chief.get(add(chief).url).content.decode()
    assert "/invitation/" not in page and "was sent to new@example.org" in page
    [sent] = mail.outbox
    assert sent.to == ["new@example.org"] and "Root" in sent.body and "invitation" in sent.subject.lower()
    assert Client().get(link_in(sent.body)).status_code == 200
    assert link_in(sent.body).split("/")[2] not in str(list(AuditEntry.objects.values_list("detail", "refs")))


def test_a_mail_server_that_refuses_leaves_the_link_with_the_administrator(chief: Client, settings: Any) -> None:
    settings.MAIL_SERVER, settings.EMAIL_BACKEND = True, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = add(chief).content.decode()
    assert "did not take" in page and link_in(page)


def test_a_new_invitation_ends_the_one_before_and_a_closed_account_has_none(chief: Client) -> None:
    first = link_in(add(chief).content.decode())
    person = Person.objects.get(email="new@example.org")
    second = link_in(chief.post(f"/administration/people/{person.public_id}/invite/").content.decode())
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    set_active(person.public_id, False, by=SYSTEM)
    assert Client().get(second).status_code == 404
    assert not Invitation.objects.exists()


def test_an_invitation_ends_at_its_moment(house: House) -> None:
    now, person = timezone.now(), Person.objects.order_by("pk").first()
    assert person is not None
    invite(person.public_id, "secret", until=now + timedelta(days=7), by=SYSTEM)
    assert find_invited("secret", now + timedelta(days=6, hours=23)) == person
    assert find_invited("other", now) is find_invited("secret", now + timedelta(days=7)) is None
    with pytest.raises(NotFound, match="used up or too old"):
        accept_invitation("secret", WORD, now=now + timedelta(days=7), by=PUBLIC)
    accept_invitation("secret", WORD, now=now, by=PUBLIC)
    with pytest.raises(NotFound):
        accept_invitation("secret", "another word here", now=now, by=PUBLIC)
    assert Person.objects.get(pk=person.pk).check_password(WORD)


def test_weak_passwords_are_refused_and_use_nothing_up(chief: Client) -> None:
    link = link_in(add(chief).content.decode())
    answer = Client().post(link, {"new_password1": "short", "new_password2": "short"})
    assert answer.status_code == 200 and "form-field--wrong" in answer.content.decode()
    assert Client().get(link).status_code == 200


def test_only_administrators_invite(house: House) -> None:
    person = Person.objects.order_by("pk").first()
    assert person is not None
    with pytest.raises(Forbidden):
        invite(person.public_id, "secret", until=timezone.now(), by=house.ann)


def test_new_password_is_in_the_log_and_shown_to_its_person_without_the_words(chief: Client) -> None:
    link, guest = link_in(add(chief).content.decode()), Client(headers={"accept-language": "en"})
    guest.post(link, CHOSEN)
    invite(
        Person.objects.get(email="new@example.org").public_id,
        "another",
        until=timezone.now() + timedelta(days=1),
        by=SYSTEM,
    )
    sent = {"oldpassword": WORD, "password1": "eight quiet harbours", "password2": "eight quiet harbours"}
    assert guest.post("/account/password/change/", sent).status_code == 302
    assert guest.get("/me/").status_code == 200, "who changes it stays signed in"
    assert not Invitation.objects.exists(), "an open invitation ends"
    page = guest.get("/me/").content.decode()
    for words in ("changed the password", "chose a password by an invitation", "sent an invitation", "Root"):
        assert words in page
    assert AuditEntry.objects.filter(verb="person.password").count() == 1
    assert not any("harbours" in f"{one.detail}{one.refs}" for one in AuditEntry.objects.all())
    assert "changed the password" not in chief.get("/me/").content.decode()
