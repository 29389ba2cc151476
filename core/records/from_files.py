"""Making a record type of a spreadsheet: the type, its fields, and its rows on their way in."""

from typing import Any

from core import db
from core.records import making
from core.records.imports import services as imports
from core.records.imports.models import Import
from core.records.proposing import Proposal, make_from_table
from core.records.shape import OwnType
from core.records.types import type_named
from core.tabular import Table


def make_type_of_file(
    proposal: Proposal, table: Table, name: str, content: bytes, **looks: Any
) -> tuple[OwnType, Import]:
    """Every row becomes a record, whatever it is called; a worker brings them in. Raises Invalid, Forbidden."""
    with db.savepoint():
        own, mapping = make_from_table(proposal, table, **looks)
        with making.afresh():
            sheet = {"sheet": table.sheet} if table.sheet else {}
            run = imports.begin_import(type_named(own.name), name, content, **sheet)
            dates = {str(c.at): c.order for c in proposal.columns if c.order and c.type in ("date", "datetime")}
            imports.map_import(run, mapping, {"mode": "create", "match": [], "create_links": [], "dates": dates})
            imports.start_import(run)
    return own, run
