"""The one pluggy registry: what ships, and what installed packages add under the entry point group `plumbline`."""

from __future__ import annotations

from functools import cache

import pluggy

from plumbline.plugins.hooks import PROJECT, Hooks


@cache
def plugin_registry() -> pluggy.PluginManager:
    """Give the registry, with shipped plugins first registered and entry points loaded once."""
    from plumbline.plugins.readers import shipped

    registry = pluggy.PluginManager(PROJECT)
    registry.add_hookspecs(Hooks)
    registry.register(shipped, name="plumbline-readers")
    registry.load_setuptools_entrypoints(PROJECT)
    registry.check_pending()
    return registry
