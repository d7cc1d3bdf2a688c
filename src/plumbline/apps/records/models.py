"""What records need beside their entries: keys under which likely duplicates meet, pairs found, models trained."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class LinkKey(models.Model):
    """One key of a record under which records that may tell of one event meet."""

    entry = models.ForeignKey("library.Entry", on_delete=models.CASCADE, related_name="+")
    workspace_id = models.BigIntegerField()
    key = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["workspace_id", "key", "entry"])]


class Candidate(models.Model):
    """Two records that look like one event, and how much; why is worked out for who asks (`linking.reasons_for`)."""

    OPEN, MERGED, DISMISSED = "open", "merged", "dismissed"

    entry = models.ForeignKey("library.Entry", on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey("library.Entry", on_delete=models.CASCADE, related_name="+")
    score = models.FloatField()
    surely = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default=OPEN)
    decided_by = models.CharField(max_length=60, blank=True)
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "other"], name="one_candidate_per_pair")]


class TrainedModel(models.Model):
    """A model that a workspace's reviewers taught: where it lies, what it learned from, what got better, whether it reads."""

    workspace = models.ForeignKey("spine.Workspace", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    mark_class = models.ForeignKey("spine.MarkClass", on_delete=models.PROTECT, related_name="+")
    folder = models.CharField(max_length=200, blank=True)
    """Within the data folder; empty once the model was dropped."""
    report = models.JSONField(default=dict)
    rests_on = models.JSONField(default=dict)
    in_use = models.BooleanField(default=False)
    used_before = models.PositiveIntegerField(null=True)
    """The number of the model that was in use before this one; None: the hints alone."""
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "number"], name="one_model_per_number")]


class ImportMapping(models.Model):
    """How the columns of a kind of table are read, kept under a name: what each head fills, and the key of its rows."""

    workspace = models.ForeignKey("spine.Workspace", on_delete=models.CASCADE, related_name="+")
    type = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    names = models.JSONField(default=dict)
    key = models.JSONField(default=list)
    by = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "type", "name"], name="one_mapping_per_name")]
