"""What everything else stands on. Written by actions alone."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from plumbline.domain.access import Mark


class MarkClass(models.Model):
    """One distinct (level, owner, audience, dates): stored once, never changed."""

    level = models.CharField(max_length=12)
    owner = models.CharField(max_length=100, null=True)
    audience = models.JSONField(default=list)
    embargo = models.DateField(null=True)
    expiry = models.DateField(null=True)
    digest = models.CharField(max_length=64, unique=True)

    @property
    def mark(self) -> Mark:
        """The mark as the domain knows it."""
        return Mark(self.level, self.owner, frozenset(self.audience), self.embargo, self.expiry)


class Installation(models.Model):
    """Whose installation this is: one row."""

    name = models.CharField(max_length=200)
    owner = models.CharField(max_length=200, blank=True)
    about = models.JSONField(default=dict)


class BlueprintText(models.Model):
    """What a blueprint says, by its SHA-256. Apart from the workspace, since pages read that with each of many records."""

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()


class Workspace(models.Model):
    """One clearing house, declared by its blueprint."""

    slug = models.SlugField(max_length=60, unique=True)
    title = models.JSONField(default=dict)
    blueprint = models.ForeignKey(BlueprintText, on_delete=models.PROTECT)
    blueprint_version = models.PositiveIntegerField(default=1)
    mark_class = models.ForeignKey(MarkClass, on_delete=models.PROTECT)
    applied_at = models.DateTimeField(default=timezone.now)


class AuditEntry(models.Model):
    """One act: who, what, on which, chained to the act before by its hash."""

    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=60)
    verb = models.CharField(max_length=60, db_index=True)
    refs = models.JSONField(default=list)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)


class AuditRef(models.Model):
    """One thing that an act touched, for looking up a thing's history."""

    entry = models.ForeignKey(AuditEntry, on_delete=models.CASCADE, related_name="touched")
    ref = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["ref", "entry"])]


class OutboxEvent(models.Model):
    """A thing that happened and that somebody still has to follow (the search index first)."""

    topic = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    urgent = models.BooleanField(default=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["topic", "urgent", "id"], condition=models.Q(done_at=None), name="outbox_open")]


class Job(models.Model):
    """Work to be done later, once: leased by a runner, taken over when the runner dies."""

    WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=WAITING)
    batch = models.CharField(max_length=16, blank=True, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    runner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    problem = models.JSONField(null=True)
    created_by = models.CharField(max_length=60)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "id"])]
