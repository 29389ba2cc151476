"""A pool of companies and people as they are called, with the search columns that the records will have."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from faker import Faker

from core.records.likeness import text_columns
from core.records.text import normalise

POOL = 20_000
TRADES_ZH = ("科技", "贸易", "机械", "电子", "食品", "建材", "物流", "医疗器械", "信息技术", "服饰")
TRADES_EN = ("Systems", "Trading", "Foods", "Logistics", "Instruments", "Media", "Textiles", "Energy")
INDUSTRIES = ("software", "retail", "medical", "制造业", "教育", "金融", "物流", "餐饮")


@dataclass(frozen=True)
class Identity:
    """One company."""

    name: str
    phone: str
    email: str
    city: str
    industry: str

    def searched(self) -> dict[str, str]:
        return text_columns((self.name, self.phone, self.email))


@dataclass(frozen=True)
class Words:
    cities: tuple[str, ...]
    prefixes: tuple[str, ...]
    surnames: tuple[str, ...]
    towns: tuple[str, ...]


@cache
def words() -> Words:
    """Small pools, from which many names are combined."""
    chinese, english = Faker("zh_CN"), Faker("en_US")
    Faker.seed(1)
    return Words(
        cities=_distinct(chinese.city_name, 200),
        prefixes=_distinct(chinese.company_prefix, 200),
        surnames=_distinct(english.last_name, 400),
        towns=_distinct(english.city, 200),
    )


def _distinct(make: object, many: int) -> tuple[str, ...]:
    return tuple(sorted({str(make()) for _ in range(4 * many)})[:many])  # type: ignore[operator]


def identities(many: int, seed: int = 1) -> Iterator[Identity]:
    """As many different ones, always the same; seven of ten are Chinese."""
    return islice(_distinct_names(random.Random(seed)), many)


def _distinct_names(dice: random.Random) -> Iterator[Identity]:
    known: set[str] = set()
    for one in _endless(dice):
        name = normalise(one.name)
        if name not in known:
            known.add(name)
            yield one


def _endless(dice: random.Random) -> Iterator[Identity]:
    pools = words()
    while True:
        digits = f"1{dice.choice('3589')}{dice.randrange(10**9):09}"
        industry = dice.choice(INDUSTRIES)
        if dice.random() < 0.7:
            city = dice.choice(pools.cities)
            name = f"{city}{dice.choice(pools.prefixes)}{dice.choice(TRADES_ZH)}有限公司"
            yield Identity(name, f"+86{digits}", f"sales{digits[-6:]}@example.cn", city, industry)
        else:
            first, second = dice.choice(pools.surnames), dice.choice(pools.surnames)
            name = f"{first} & {second} {dice.choice(TRADES_EN)}"
            email = f"{first}.{digits[-4:]}@example.com".lower()
            yield Identity(name, f"+86{digits}", email, dice.choice(pools.towns), industry)
