"""The same tables for the ORM, with nothing known of them but what the database says."""

from typing import Any

from sqlalchemy import Column, Table, create_engine, inspect
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import DeclarativeBase, deferred, sessionmaker

from core.settings import settings

engine = create_engine(settings().role_url("owner").replace("postgresql://", "postgresql+psycopg://"))
session_of = sessionmaker(engine)
"""As guanxi_owner, who is past the fence: what the fence costs is part of what is measured."""

KEY = ("tenant_id", "id")


class Base(DeclarativeBase):
    pass


def mapped(name: str, table: str) -> Any:
    """A model of a table: its columns and its key. What is only searched is not loaded with a row."""
    described = inspect(engine).get_columns(table, schema="guanxi")
    columns = [Column(each["name"], each["type"], primary_key=each["name"] in KEY) for each in described]
    found = Table(table, Base.metadata, *columns, schema="guanxi")
    hidden = {column.key: deferred(column) for column in found.columns if _is_for_searching(column)}
    return type(name, (Base,), {"__table__": found, **hidden})


def _is_for_searching(column: Column[Any]) -> bool:
    return isinstance(column.type, TSVECTOR) or column.key in ("search_norm", "search_pinyin", "search_text")


Customer = mapped("Customer", "customer")
Contact = mapped("Contact", "contact")
Member = mapped("Member", "member")
Task = mapped("Task", "task")
Event = mapped("Event", "event")
Lead = mapped("Lead", "leads_lead")
