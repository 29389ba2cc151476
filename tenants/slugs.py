"""The address of a workspace, made from the company's name."""

import re
import secrets
import unicodedata
from collections.abc import Iterator

from core.records.text import pinyin_of

MAX = 32
LEGAL_FORMS = re.compile(
    "((股份|集团)?有限(责任)?公司|公司)$" r"|(,?\s+(ltd|inc|llc|gmbh|co|corp|limited)\.?)+$", re.IGNORECASE
)


def slug_of(company: str) -> str:
    """Letters that one can type: 北京星辰科技有限公司 is beijingxingchenkeji, Müller & Söhne GmbH is muller-sohne."""
    name = LEGAL_FORMS.sub("", company.strip()) or company
    pinyin = pinyin_of(name).partition(" ")[2]
    latin = unicodedata.normalize("NFKD", pinyin or name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:MAX].strip("-")
    return slug if len(slug) > 1 else "workspace"


def variants(slug: str) -> Iterator[str]:
    """The slug itself, then with a number, at last with something that surely nobody has."""
    yield slug
    for number in range(2, 10):
        yield f"{slug}-{number}"
    for _try in range(20):
        yield f"{slug}-{secrets.token_hex(3)}"


def is_slug(text: str) -> bool:
    return bool(re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?", text)) and "--" not in text
