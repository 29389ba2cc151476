"""The settings of a tenant's own field, checked wherever they come from: a program, a template."""

from collections.abc import Mapping
from typing import Any

from core.i18n import _
from core.records.fields import FIELD_TYPES, FieldError


def checked_config(type_name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are kept. Raises FieldError for what a field of this type cannot be made with."""
    kind = FIELD_TYPES[type_name]
    if "options" in kind.configurable and not config.get("options"):
        raise FieldError("required", _("Name at least one option, one on each line."))
    for name, setting in kind.settings().items():
        if setting.required and config.get(name) in (None, "", []):
            raise FieldError("required", _("Fill in “%(field)s”.", field=setting.label))
    for name in ("unique", "match_key", "found"):
        if not isinstance(config.get(name, False), bool):
            raise FieldError("not_yes_or_no", _("Answer yes or no."))
    try:
        checked = kind.check_settings(config)
        kind("", **{name: checked[name] for name in kind.configurable if name in checked})
    except FieldError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError):
        raise FieldError("wrong_settings", _("Its settings do not fit its type.")) from None
    return checked
