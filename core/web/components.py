"""The macros of `templates/components/` gathered under one name: `ui.badge(…)` in any template, without an import."""

import secrets
import unicodedata
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from jinja2 import Environment
from markupsafe import Markup, escape

from core.web.pages import is_dialog

FILES = ("base", "form", "data", "people", "overlay", "frame", "charts")
HUES = 10


class Components:
    """Finds a macro by its name among the component files."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def __getattr__(self, name: str) -> Any:
        macro = self._find(name)
        if not self._env.auto_reload:
            setattr(self, name, macro)
        return macro

    def _find(self, name: str) -> Any:
        for file in FILES:
            module = self._env.get_template(f"components/{file}.html").module
            if not name.startswith("_") and hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(f"there is no component {name!r}")


def attributes(given: Mapping[str, Any]) -> Markup:
    """`hx_get="/x"` becomes ` hx-get="/x"`; True is a bare attribute, None and False are none."""
    shown = (
        (name.rstrip("_").replace("_", "-"), value)
        for name, value in given.items()
        if value is not None and value is not False
    )
    return Markup("".join(f" {escape(n)}" if v is True else f' {escape(n)}="{escape(v)}"' for n, v in shown))


def new_id(stem: str) -> str:
    """An id that is nowhere else on the page, not even after other fragments came in."""
    return f"{stem}-{secrets.token_hex(3)}"


def field_prefix() -> str:
    """Fields in a dialog are told from those of the page below it."""
    return "d" if is_dialog() else "f"


def hue(key: object) -> int:
    """Always the same of ten colours for the same person or thing."""
    return crc32(str(key).encode()) % HUES


def initials(name: str) -> str:
    """Ada Lovelace is AL; 王小明 is 小明, since a family name alone tells too few people apart."""
    words = str(name or "").replace("_", " ").replace(".", " ").split()
    if not words:
        return "?"
    if any(_is_ideograph(letter) for letter in words[0]):
        whole = "".join(words)
        return whole[-2:] if len(whole) > 2 else whole[-1]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def _is_ideograph(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("CJK UNIFIED")
