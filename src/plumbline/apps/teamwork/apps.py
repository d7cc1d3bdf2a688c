"""What a team does about works and records: tasks, comments, mentions."""

from django.apps import AppConfig


class TeamworkConfig(AppConfig):
    """Register the app."""

    name = "plumbline.apps.teamwork"
    label = "teamwork"
