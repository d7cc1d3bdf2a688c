"""Extension points: hook specifications (`hooks`), the registry of plugins, and the readers of files."""

from plumbline.plugins.hooks import hookimpl, hookspec
from plumbline.plugins.registry import plugin_registry

__all__ = ["hookimpl", "hookspec", "plugin_registry"]
