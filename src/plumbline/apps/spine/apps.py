"""The spine: workspaces, mark classes, audit, outbox, jobs."""

from django.apps import AppConfig


class SpineConfig(AppConfig):
    """Register the app and its database lookups."""

    name = "plumbline.apps.spine"
    label = "spine"

    def ready(self) -> None:
        """Make the `among` lookup known."""
        from plumbline.apps.spine import lookups  # noqa: F401
