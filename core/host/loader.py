"""Finding the installed plugins and taking in what they declare. Nothing here knows a plugin by name."""

from importlib.metadata import entry_points, version
from types import SimpleNamespace
from typing import Any

import pluggy
from packaging.specifiers import SpecifierSet

from core import i18n, letters
from core.access import permissions
from core.host import hookspecs
from core.host.manifest import Plugin
from core.records.fields import add_field_type
from core.records.types import RECORD_TYPES, register

GROUP = "guanxi.plugins"
LEFT_OUT: set[str] = set()
"""Installed plugins that this process does without: how tests see that the core can."""


class PluginRefused(RuntimeError):
    """An installed plugin cannot be used; the message names it and says why."""


class Host:
    """The plugins of this installation."""

    def __init__(self) -> None:
        self.plugins: dict[str, Plugin] = {}
        self.asking = pluggy.PluginManager("guanxi")
        self.asking.add_hookspecs(hookspecs.Questions)
        self.asking.add_hookspecs(hookspecs.Duties)

    def load(self) -> None:
        """Take in every plugin of the entry point group. Raises PluginRefused."""
        for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
            if point.name not in LEFT_OUT and point.name not in self.plugins:
                self.add(point.load())
        for plugin in self.plugins.values():
            if missing := set(plugin.requires) - set(self.plugins):
                raise PluginRefused(f"plugin {plugin.name} requires {', '.join(sorted(missing))}")
        self.asking.check_pending()

    def add(self, plugin: Any) -> None:
        if not isinstance(plugin, Plugin):
            raise PluginRefused(f"{plugin!r} is not a Plugin")
        if version("guanxi") not in SpecifierSet(plugin.core, prereleases=True):
            raise PluginRefused(f"plugin {plugin.name} works with core {plugin.core}, this is {version('guanxi')}")
        if plugin.name in self.plugins:
            raise PluginRefused(f"two plugins are called {plugin.name}")
        self._check_names(plugin)
        self.plugins[plugin.name] = plugin
        for kind in plugin.field_types:
            add_field_type(kind)
        for record_type in plugin.record_types:
            record_type.module = plugin.name
            register(record_type)
        for name, actions in plugin.actions.items():
            RECORD_TYPES[name].lend(plugin.name, actions)
        for permission in plugin.permissions:
            permissions.declare(permission)
        self.asking.register(plugin.hooks or SimpleNamespace(), plugin.name)
        letters.add_templates(plugin.folder / "templates")
        if (plugin.folder / "translations").is_dir():
            i18n.add_translations(plugin.folder / "translations")

    @staticmethod
    def _check_names(plugin: Plugin) -> None:
        """Everything a plugin owns begins with its name."""
        wrong = [p.name for p in plugin.permissions if not p.name.startswith(f"{plugin.name}.")]
        wrong += [e.name for e in plugin.events if not e.name.startswith(f"{plugin.name}.")]
        wrong += [t.model.__tablename__ for t in plugin.record_types
                  if not t.model.__tablename__.startswith(f"{plugin.name}_")]  # fmt: skip
        if wrong:
            raise PluginRefused(f"plugin {plugin.name}: these names do not begin with it: {', '.join(wrong)}")


_host: Host | None = None


def host() -> Host:
    """The host of this process, with all installed plugins loaded."""
    global _host
    if _host is None:
        made = Host()
        made.load()
        _host = made
    return _host
