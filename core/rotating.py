"""`guanxi rotate-key`: whatever is kept sealed is sealed anew under the present SECRET_KEY, so that the former one
may be forgotten. It can be stopped at any moment, begun again, and run while everybody works."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import click
from sqlalchemy import ColumnElement, Table, Text, Uuid, cast, column, literal, select, table, true, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from core import db
from core.auth.context import Door, entering
from core.current import Cause
from core.db import Base
from core.records.fields import FIELD_TYPES, FieldType
from core.records.fields.sealed import PREFIX
from core.records.shape import CustomField
from core.records.side_index import CustomValue
from core.records.types import find_type
from core.sealing import CannotOpen, renewed
from tenants.across import across_tenants

BATCH = 500
TOKEN = re.compile(rf'(?<="{PREFIX})[\w=-]+(?=")')
ONLY_ADDED_TO = {"event"}
"""Nothing in it is ever changed, and nothing sealed is ever written to it."""


@dataclass
class Done:
    """How many values are now sealed under the present key, and how many none of the keys opens."""

    renewed: int = 0
    lost: int = 0

    def token(self, sealed: str, owner: UUID) -> str:
        try:
            fresh = renewed(sealed, owner)
        except CannotOpen:
            self.lost += 1
            return sealed
        self.renewed += fresh is not None
        return fresh or sealed


def rotate() -> Done:
    """That of people first, then one workspace after the other."""
    done = Done()
    for each in Base.metadata.sorted_tables:
        if "tenant_id" not in each.c:
            with db.role_session("auth") as session:
                _renew_columns(done, session, each, true())
    with across_tenants("what is sealed is sealed anew") as session:
        tenants = session.execute(select(Base.metadata.tables["tenant"].c.id)).scalars().all()
    for tenant_id in tenants:
        _rotate_tenant(done, tenant_id)
    return done


def _rotate_tenant(done: Done, tenant_id: UUID) -> None:
    here = Door(tenant_id, None, cause=Cause("system"))
    for each in Base.metadata.sorted_tables:
        if list(each.primary_key.columns.keys()) != ["tenant_id", "id"] or each.name in ONLY_ADDED_TO:
            continue
        with entering(here):
            _renew_columns(done, db.session(), each, each.c.tenant_id == tenant_id)
        for name in (kept.name for kept in each.columns if isinstance(kept.type, JSONB)):
            after: UUID | None = UUID(int=0)
            while after:
                with entering(here):
                    after = _renew_json(done, tenant_id, each.name, name, after)
    with entering(here):
        fields = list(_fields_found_by_fingerprint())
    for field, rows in fields:
        after = UUID(int=0)
        while after:
            with entering(here):
                after = _index_anew(tenant_id, field, rows, after)


def _renew_columns(done: Done, session: Session, of: Table, which: ColumnElement[bool]) -> None:
    """The columns that say of themselves that they hold a sealed value. Of such rows there are few."""
    for kept in (kept for kept in of.columns if "sealed_for" in kept.info):
        key = list(of.primary_key.columns)
        for old, owner, *row in session.execute(select(kept, of.c[kept.info["sealed_for"]], *key).where(which)):
            if (new := done.token(old, owner)) != old:
                same = [c == value for c, value in zip(key, row, strict=True)]
                session.execute(update(of).where(*same, kept == old).values({kept: new}))


def _renew_json(done: Done, tenant_id: UUID, name: str, key: str, after: UUID) -> UUID | None:
    """A batch of rows whose JSON holds sealed values, wherever in it. Returns the last id, or None at the end."""
    rows = table(name, column("tenant_id", Uuid), column("id", Uuid), column(key, JSONB))
    text = cast(rows.c[key], Text)
    mine = rows.c.tenant_id == tenant_id
    found = select(rows.c.id, text).where(mine, rows.c.id > after, text.contains(f'"{PREFIX}', autoescape=True))
    batch = db.session().execute(found.order_by(rows.c.id).limit(BATCH)).all()
    for row_id, old in batch:
        new = TOKEN.sub(lambda sealed: done.token(sealed[0], tenant_id), old)
        if new != old:  # and nobody has written to it meanwhile
            this = update(rows).where(mine, rows.c.id == row_id, text == old)
            db.session().execute(this.values({key: cast(literal(new, Text), JSONB)}))
    return batch[-1][0] if batch else None


def _fields_found_by_fingerprint() -> Iterator[tuple[FieldType, str]]:
    """The sealed fields that the side index knows, also those put away for now, with the table of their records."""
    for row in db.session().scalars(select(CustomField)):
        kind, record_type = FIELD_TYPES.get(row.type), find_type(row.record_type)
        if kind is not None and kind.secret and kind.slot and record_type is not None:
            field = kind(row.label, **row.config)
            field.bind_custom(row.key, row.id)
            yield field, record_type.model.__tablename__


def _index_anew(tenant_id: UUID, field: FieldType, name: str, after: UUID) -> UUID | None:
    """A batch of the side index, by the fingerprint under the present key."""
    rows = table(name, column("tenant_id", Uuid), column("id", Uuid), column("custom", JSONB))
    index: Any = CustomValue.__table__
    mine = (rows.c.tenant_id == tenant_id) & (index.c.tenant_id == tenant_id)
    found = select(rows.c.id, rows.c.custom[field.key].astext, index.c.u.is_not(None)).where(
        mine, index.c.field_id == field.custom_id, index.c.record_id == rows.c.id, rows.c.id > after
    )
    batch = db.session().execute(found.order_by(rows.c.id).limit(BATCH).with_for_update()).all()
    for record_id, stored, is_unique in batch:
        value = field.load(stored)
        try:
            new = {"s": field.indexed(value)} | ({"u": field.unique_text(value)} if is_unique else {})
        except CannotOpen:
            continue
        this = (index.c.tenant_id == tenant_id) & (index.c.record_id == record_id)
        db.session().execute(update(index).where(this, index.c.field_id == field.custom_id).values(new))
    return batch[-1][0] if batch else None


@click.command("rotate-key")
def command() -> None:
    """Seal everything anew under the present SECRET_KEY.

    Before: set the new SECRET_KEY, name the former one in SECRET_KEY_FALLBACKS, restart, run `guanxi migrate`.
    Afterwards the former key can be taken out of SECRET_KEY_FALLBACKS. With it go the recovery codes that people
    made before, and what a link in a mail or a session cookie of before opens.
    """
    done = rotate()
    click.echo(f"{done.renewed} values were sealed anew under the present key.")
    if done.lost:
        raise click.ClickException(f"{done.lost} values are opened by none of the keys that were given.")
