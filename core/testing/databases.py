"""A database for each test process, copied from the one that was migrated."""

from psycopg import connect, sql

from core.testing.services import TEMPLATE, Services


def clone_database(services: Services, name: str, template: str = TEMPLATE) -> None:
    """Copy a database that nobody is connected to; one that has the name already makes way."""
    with connect(services.environment("postgres")["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        copy = sql.SQL("create database {} template {} strategy file_copy")
        server.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
