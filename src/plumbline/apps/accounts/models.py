"""People and what they belong to."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone

from plumbline.apps.spine.ids import new_public_id
from plumbline.domain.access import ROLES


class Organisation(models.Model):
    """An organisation that owns and receives evidence; its slug is its principal, "org:slug"."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)


class SharingGroup(models.Model):
    """A named circle of organisations, "group:slug"."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    organisations = models.ManyToManyField(Organisation, related_name="groups")


class People(BaseUserManager["Person"]):
    """Finds people by e-mail, as sign-in asks."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> Person:
        """Make a person (allauth calls this; the rest of the code uses the action)."""
        person = self.model(public_id=new_public_id(), email=self.normalize_email(email), **extra)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address; "person:<public id>"."""

    public_id = models.CharField(max_length=16, unique=True)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="people")
    language = models.CharField(max_length=10, default="en")
    is_active = models.BooleanField(default=True)
    administrator = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = People()


class Role(models.Model):
    """What a person may do in one workspace."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roles")
    workspace = models.ForeignKey("spine.Workspace", on_delete=models.CASCADE)
    role = models.CharField(max_length=12, choices=[(role, role) for role in ROLES])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "workspace"], name="one_role_per_workspace")]


class Invitation(models.Model):
    """A link that lets a person choose a password once; only the digest of its secret is kept."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="invitation")
    digest = models.CharField(max_length=64, unique=True)
    until = models.DateTimeField()
