"""The institute: its framework, its register of activities, its home page."""

from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    """Register the app."""

    name = "plumbline.apps.programme"
    label = "programme"
