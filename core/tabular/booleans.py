"""Yes and no as people write them."""

import unicodedata

_YES = frozenset((
    "yes", "y", "true", "t", "1", "on", "x", "ok", "checked", "enabled",
    "是", "对", "有", "真", "已", "启用", "√", "✓", "✔", "☑",
))  # fmt: skip
_NO = frozenset((
    "no", "n", "false", "f", "0", "off", "unchecked", "disabled",
    "否", "不", "不是", "错", "无", "没有", "假", "未", "停用", "×", "✗", "✘", "☐",
))  # fmt: skip


def parse_bool_text(text: str) -> bool | None:
    """True, False, or None when it is neither."""
    word = unicodedata.normalize("NFKC", text).strip().casefold()
    if word in _YES:
        return True
    return False if word in _NO else None
