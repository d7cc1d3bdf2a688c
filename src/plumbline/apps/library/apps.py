"""Works, passages, claims: what evidence is."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """Register the app and its jobs."""

    name = "plumbline.apps.library"
    label = "library"

    def ready(self) -> None:
        """Make the handlers of jobs known."""
        from plumbline.apps.library import tasks  # noqa: F401
