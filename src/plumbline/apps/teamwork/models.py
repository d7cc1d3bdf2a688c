"""What a team keeps beside an entry: who does what about it until when, and what they say to one another.

None of it says anything of the world, so none of it is a claim. A task is seen with its entry; a comment carries a mark
of its own. Both are for people who have a role in the workspace.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from plumbline.domain.teamwork import OPEN


class Task(models.Model):
    """What has to be done about one entry: its state, who does it, by which day."""

    entry = models.OneToOneField("library.Entry", on_delete=models.CASCADE, primary_key=True, related_name="+")
    state = models.CharField(max_length=9, default="todo")
    assignee = models.CharField(max_length=60, blank=True)
    due = models.DateField(null=True)
    changed_by = models.CharField(max_length=60)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["assignee", "state"]), models.Index(fields=["state", "due"])]

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to do something."""
        return self.state in OPEN


class Comment(models.Model):
    """What somebody says about an entry to the others who work on it. Taken back, it loses its text and stays as a gap."""

    public_id = models.CharField(max_length=16, unique=True)
    entry = models.ForeignKey("library.Entry", on_delete=models.CASCADE, related_name="+")
    mark_class = models.ForeignKey("spine.MarkClass", on_delete=models.PROTECT, related_name="+", db_index=False)
    text = models.TextField()
    by = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)


class Mention(models.Model):
    """That a comment asks for one person's attention, until they have taken note."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions")
    person = models.CharField(max_length=60)
    noted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "person"], name="one_mention_per_person")]
        indexes = [models.Index(fields=["person"], condition=models.Q(noted_at=None), name="mention_open")]
