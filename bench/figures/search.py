"""The search box among a million customers, and among a few hundred, beside the SQL of a page of their list."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

from sqlalchemy import text

from bench.data.companies import company
from bench.data.names import POOL, Identity, identities
from bench.figures.size import Size
from bench.house import admin
from bench.timing import Result, Times, timed
from core.auth.context import Door, entering
from core.customers.types import CUSTOMER
from core.records.pages.cells import columns_of
from core.records.query import Listing
from core.records.search import search_records
from core.records.text import HAN, pinyin_of

MANY, ASKED, SHOWN = 1_000_000, 150, 4
HALF, SLOWEST = 10.0, 40.0
"""What half of the searches, and ninety-nine of a hundred, may take, in pages of a list."""


def measure(size: Size) -> Sequence[Result]:
    large = company(size.rows or MANY)
    results = []
    for door, many in ((large.door(), f"{size.rows or MANY:,}"), (_small(), "a few hundred")):
        for kind, made in KINDS.items():
            results += _asked(door, f"{kind} among {many}", list(islice(made(), size.rounds or ASKED)))
    return results


def _small() -> Door:
    """A neighbour in the middle: a few hundred customers beside the million."""
    query = (
        "select t.id from guanxi.tenant t where t.slug like 'neighbour-%'"
        " order by (select count(*) from guanxi.customer c where c.tenant_id = t.id) desc offset 50 limit 1"
    )
    with admin().connect() as connection:
        return Door(connection.scalar(text(query)), None)


def _asked(door: Door, variant: str, words: Sequence[str]) -> list[Result]:
    """Each search in a transaction of its own, as the box sends them, turn about with a page of the list."""
    mine, page = Times(), Times()
    for word in words:
        with entering(door):
            mine.seconds.append(timed(partial(search_records, word, each=SHOWN)))
        with entering(door):
            page.seconds.append(timed(_page))
    slowest = Times([mine.share(0.99)]), Times([page.p50])
    return [
        Result("search", variant, mine, page, HALF),
        Result("search", f"{variant}, slowest of a hundred", *slowest, SLOWEST),
    ]


def _page() -> None:
    Listing(CUSTOMER).page(columns=columns_of(CUSTOMER, CUSTOMER.list_fields()))


# --- what people type --------------------------------------------------------------------------------------


def _names(fits: Callable[[Identity], bool]) -> Iterator[tuple[Identity, random.Random]]:
    dice = random.Random(2)
    known = [one for one in identities(POOL) if fits(one)]
    while True:
        yield dice.choice(known), dice


def _is_chinese(one: Identity) -> bool:
    return bool(HAN.match(one.name))


def _pairs() -> Iterator[str]:
    """Two characters that follow one another somewhere in a name, the most frequent ones too."""
    for one, dice in _names(_is_chinese):
        at = dice.randrange(len(one.name) - 1)
        yield one.name[at : at + 2]


def _initials() -> Iterator[str]:
    for one, dice in _names(_is_chinese):
        yield pinyin_of(one.name).partition(" ")[0][: dice.choice((2, 3, 4))]


def _slips() -> Iterator[str]:
    """A word of a Latin name with a letter wrong, missing, doubled, or in its neighbour's place."""
    for one, dice in _names(lambda one: not _is_chinese(one)):
        word = max(one.name.split(" &")[0].split(), key=len)
        if len(word) < 5:
            continue
        at = dice.randrange(1, len(word) - 1)
        yield dice.choice((
            word[:at] + dice.choice("aeioust") + word[at + 1 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ))  # fmt: skip


def _last_digits() -> Iterator[str]:
    for one, _dice in _names(lambda _one: True):
        yield one.phone[-4:]


KINDS: dict[str, Callable[[], Iterator[str]]] = {
    "two characters": _pairs,
    "initials": _initials,
    "a slip": _slips,
    "last four figures": _last_digits,
}
