"""How sign-in behaves here: people are invited, nobody signs up alone; a new password is an act like every other write."""

from __future__ import annotations

from typing import cast

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from plumbline.apps.accounts import actions
from plumbline.apps.accounts.models import Person
from plumbline.apps.accounts.queries import viewer_for


class InvitationOnly(DefaultAccountAdapter):
    """Close the sign-up page; note new passwords in the log."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse sign-up: an administrator makes accounts."""
        return False

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Set a password that was changed, or chosen anew by a mailed link."""
        person = actions.set_password(password, by=viewer_for(cast("Person", user)))
        user.password = person.password  # what renews the session of who changes it
