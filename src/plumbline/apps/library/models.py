"""Entries (works and records), their claims, and the passages that claims rest on.

An entry's columns and `values` hold what its claims no stricter than its own mark resolve to: what everyone who may
see the entry may see. Stricter claims live only in `Claim`; `has_overlay` says that there are some, and
`queries.values_for` merges them for those who may see them.

No mark class has an index of its own: SQLite, which keeps no statistics here, would take that one to reach the claims
of fifty entries (and read a million), since `visible_to` stands in every query.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Entry(models.Model):
    """A work or a record: what claims are about, what carries a mark, a history, a permanent id."""

    WORK, RECORD = "work", "record"
    PROPOSED, ACCEPTED, REJECTED, MERGED, WITHDRAWN = "proposed", "accepted", "rejected", "merged", "withdrawn"

    public_id = models.CharField(max_length=16, unique=True)
    workspace = models.ForeignKey("spine.Workspace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6)
    type = models.CharField(max_length=40)
    mark_class = models.ForeignKey("spine.MarkClass", on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=10, default=PROPOSED)
    title = models.CharField(max_length=300, blank=True)
    date = models.DateField(null=True)
    date_end = models.DateField(null=True)
    values = models.JSONField(default=dict)
    has_overlay = models.BooleanField(default=False)
    lives_on_in: int | None = None
    """Not kept: of a merged record, the record at hand that a read found it in (`queries.members_of`)."""
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="merged_from")
    created_by = models.CharField(max_length=60)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        # What is newest, and what waits for review, is read along this index and nothing else. Lists and counts of
        # records are read from memory (`board`).
        indexes = [
            models.Index(
                fields=["kind", "workspace", "mark_class", "status", "type", "created_at"], name="entry_by_arrival"
            ),
        ]


class Work(models.Model):
    """The work side of an entry: the file it came as, how its reading went, how far to trust it."""

    READING, READ, FAILED = "reading", "read", "failed"

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, primary_key=True, related_name="work")
    workspace = models.ForeignKey("spine.Workspace", on_delete=models.PROTECT, related_name="+")
    owner = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=12, blank=True)
    language_confidence = models.FloatField(null=True)
    publisher = models.CharField(max_length=200, blank=True)
    author = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    reliability = models.CharField(max_length=1, blank=True)
    credibility = models.CharField(max_length=1, blank=True)
    state = models.CharField(max_length=8, default=READING)
    problem = models.JSONField(null=True)
    warnings = models.JSONField(default=list)
    passage_count = models.PositiveIntegerField(default=0)
    pages_waiting = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(blank=True)
    allows_masking = models.BooleanField(default=True)
    inside = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="files_inside")
    whole = models.JSONField(default=dict)
    """What is told of the work (title, name, author, publisher, licence) as it was before withheld words were masked in it."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "owner", "sha256"], name="one_work_per_owner")]


class Passage(models.Model):
    """A citable piece of a work, with its place in the work's text.

    What is asked of the passages of one work is read along the unique index of work and ordinal: each further index costs
    every passage that is read in.
    """

    public_id = models.CharField(max_length=16, unique=True)
    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="passages", db_index=False)
    mark_class = models.ForeignKey("spine.MarkClass", on_delete=models.PROTECT, related_name="+", db_index=False)
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)
    label = models.CharField(max_length=40, blank=True)
    page = models.PositiveIntegerField(null=True)
    heading_path = models.JSONField(default=list)
    text = models.TextField()
    start = models.PositiveIntegerField()
    language = models.CharField(max_length=12, blank=True)
    arrived_at = models.DateTimeField(null=True)
    """When it came to its readers, where that was after its work was read: its page was recognised, its mark opened wider."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "ordinal"], name="one_passage_per_ordinal")]


class ScannedPage(models.Model):
    """A page of a work that is a picture: its text was recognised, waits for that, or could not be."""

    WAITING, READ, FAILED = "waiting", "read", "failed"

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="scanned_pages")
    page = models.PositiveIntegerField()
    state = models.CharField(max_length=8, default=WAITING)
    confidence = models.FloatField(null=True)
    turned = models.PositiveSmallIntegerField(default=0)
    """By how many degrees, clockwise, it is turned to be read: 0, 90, 180 or 270."""
    problem = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "page"], name="one_scan_per_page")]


class EarlierText(models.Model):
    """The text of a passage before it was corrected by hand."""

    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="earlier_texts")
    text = models.TextField()
    by = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)


class Medium(models.Model):
    """A picture, sound or video that is attached to a work or a record: by itself marked, reviewed before others see it."""

    WAITING, ACCEPTED, REJECTED = "waiting", "accepted", "rejected"

    public_id = models.CharField(max_length=16, unique=True)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="media")
    mark_class = models.ForeignKey("spine.MarkClass", on_delete=models.PROTECT, related_name="+", db_index=False)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=40)
    caption = models.CharField(max_length=500)
    state = models.CharField(max_length=8, default=WAITING)
    added_by = models.CharField(max_length=60)
    added_at = models.DateTimeField(default=timezone.now)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)


class SavedSearch(models.Model):
    """A search that a person keeps under a name, for nobody else: what was asked, in one workspace or in all.

    `seen` is how far the owner has looked, in milliseconds since 1970. `turn` is raised to give the feed a new address.
    `columns` are those of the table of hits, none for the usual list.
    """

    public_id = models.CharField(max_length=16, unique=True)
    owner = models.CharField(max_length=60, db_index=True)
    workspace = models.ForeignKey("spine.Workspace", null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    asked = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    seen = models.BigIntegerField(default=0)
    turn = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)


class Claim(models.Model):
    """'This field of this entry has this value, says this passage (or this person)'."""

    public_id = models.CharField(max_length=16, unique=True)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="claims")
    field = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    target = models.ForeignKey(Entry, null=True, on_delete=models.SET_NULL, related_name="named_by", db_index=False)
    """The record that the value of a relation names."""
    status = models.CharField(max_length=8, default="proposed")
    confidence = models.FloatField(default=1.0)
    passage = models.ForeignKey(Passage, null=True, on_delete=models.PROTECT, related_name="claims")
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)
    mark_class = models.ForeignKey("spine.MarkClass", on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.CharField(max_length=60, blank=True)
    extractor = models.CharField(max_length=60, blank=True)
    came_from = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["entry", "field", "status"]),
            models.Index(fields=["target"], name="claim_target", condition=models.Q(target__isnull=False)),
        ]


class Mask(models.Model):
    """A stretch of a passage that is withheld from those who may not see a stricter claim that rests on it."""

    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="masks")
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="masks")
    mark_class = models.ForeignKey("spine.MarkClass", on_delete=models.PROTECT, related_name="+", db_index=False)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()


class FacetValue(models.Model):
    """One facet value of one entry, copied with what tells its type, so that boards read nothing else."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="facets", db_index=False)
    workspace_id = models.BigIntegerField()
    type = models.CharField(max_length=40)
    mark_class_id = models.BigIntegerField()
    status = models.CharField(max_length=10)
    field = models.CharField(max_length=60)
    value = models.CharField(max_length=120)

    class Meta:
        indexes = [
            models.Index(fields=["workspace_id", "type"], name="facet_by_type"),
            models.Index(fields=["entry", "field", "value"], name="facet_of_entry"),
        ]


class Point(models.Model):
    """Where an entry is on the map, copied with what tells its type, so that boards read nothing else."""

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, primary_key=True, related_name="point")
    workspace_id = models.BigIntegerField()
    type = models.CharField(max_length=40)
    mark_class_id = models.BigIntegerField()
    status = models.CharField(max_length=10)
    lat = models.FloatField()
    lon = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["workspace_id", "type"], name="point_by_type")]


class Change(models.Model):
    """An entry was changed: numbered in the order in which the changes were committed, for what is kept in memory."""

    entry_key = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)


class TieKey(models.Model):
    """One key under which entries that may be tied meet, whichever workspaces they are in; shown to nobody."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    key = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["key", "entry"], name="tie_key")]


class Tie(models.Model):
    """What two entries are to each other, with what that rests on; neither of them is changed by it.

    `evidence` lists pieces {kind, weight, one, other} by the keys of claims and never holds what these say; what a reader
    gets of it is worked out when they ask (`ties`).
    """

    OPEN, ACCEPTED, REJECTED = "open", "accepted", "rejected"

    public_id = models.CharField(max_length=16, unique=True)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)
    score = models.FloatField()
    evidence = models.JSONField(default=list)
    state = models.CharField(max_length=8, default=OPEN)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "other"], name="one_tie_per_pair")]


class WorkSketch(models.Model):
    """What is kept of a work's text for finding its versions, from what all its readers may read; shown to nobody.

    `event` is the last change of the work (`OutboxEvent`) that it knows of.
    """

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, primary_key=True, related_name="+")
    event = models.BigIntegerField(db_index=True)
    least = models.BinaryField()
    size = models.PositiveIntegerField()
    letters = models.PositiveIntegerField()
    numbers = models.JSONField(default=list)
    names = models.JSONField(default=list)


class WorkKey(models.Model):
    """One key under which works meet that may be versions or translations of one another; shown to nobody."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    key = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["key", "entry"], name="work_key")]


class Version(models.Model):
    """Two works that are versions of one text, or one text in two languages; `entry` is the one that came first.

    `reasons` holds numbers alone. A proposal rests on what every reader of the two works may read of them.
    """

    OPEN, CONFIRMED, REJECTED = "open", "confirmed", "rejected"

    public_id = models.CharField(max_length=16, unique=True)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)
    score = models.FloatField(null=True)
    reasons = models.JSONField(default=dict)
    state = models.CharField(max_length=9, default=OPEN)
    by_hand = models.BooleanField(default=False)
    newer = models.ForeignKey(Entry, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "other"], name="one_version_per_pair")]
