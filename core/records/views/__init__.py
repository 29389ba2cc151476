"""Saved views: ways of looking at many records that a person named and perhaps shared."""

from core.records.views.models import KINDS, SHARED, View, ViewHabit
from core.records.views.services import (
    MANAGE_VIEWS,
    Views,
    change_view,
    delete_view,
    duplicate_view,
    get_view,
    may_change,
    remember,
    save_view,
    set_default,
    set_role_defaults,
    unshare_with,
    views_of,
)
from core.records.views.setup import Column, Setup, as_columns, labels_of_retired, lenient

__all__ = [
    "KINDS",
    "MANAGE_VIEWS",
    "SHARED",
    "Column",
    "Setup",
    "View",
    "ViewHabit",
    "Views",
    "as_columns",
    "change_view",
    "delete_view",
    "duplicate_view",
    "get_view",
    "labels_of_retired",
    "lenient",
    "may_change",
    "remember",
    "save_view",
    "set_default",
    "set_role_defaults",
    "unshare_with",
    "views_of",
]
