"""Making the web forms that leads come from: their list, their designer, their settings, their links, their entries."""

from plugins.leads.views.forms import api, designing, entries, listing, settings, sharing

__all__ = ["api", "designing", "entries", "listing", "settings", "sharing"]
