"""Records as blueprints declare them: proposing, reviewing, linking, listing, mapping, counting."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Register the app and its jobs."""

    name = "plumbline.apps.records"
    label = "records"

    def ready(self) -> None:
        """Make the handlers of jobs known."""
        from plumbline.apps.records import tasks  # noqa: F401
