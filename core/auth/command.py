"""`guanxi token`: keys for programs, made at the machine."""

from typing import NoReturn

import click
from sqlalchemy import text

from core import db
from core.auth.context import Door, entering
from core.auth.tokens import create_token
from core.current import Cause
from core.errors import DomainError

FIND = """
select t.id as tenant_id, m.id as member_id, m.status
  from tenant t left join member m on m.tenant_id = t.id and m.email = :email
 where t.slug = :slug
"""


@click.group()
def token() -> None:
    """Keys by which programs use the API as a member."""


@token.command()
@click.option("--tenant", "slug", required=True, help="The workspace, by the name in its address.")
@click.option("--member", "email", required=True, help="Whom the token acts for, by e-mail address.")
@click.option(
    "--scope", "scopes", multiple=True, help="What it may do: *, read, write, admin, lead:read, … (default: *)"
)
@click.option("--name", default="command line", show_default=True, help="What the list of tokens calls it.")
@click.option(
    "--expires-days", "days", type=click.IntRange(1, 3650), help="Days until it stops working (default: never)."
)
def create(slug: str, email: str, scopes: tuple[str, ...], name: str, days: int | None) -> None:
    """Make a token and print it, once."""
    with db.engine("auth").connect() as connection:
        found = connection.execute(text(FIND), {"slug": slug, "email": email.lower()}).one_or_none()
    if found is None:
        fail(f"There is no workspace {slug}. `guanxi tenant list` shows them all.")
    if found.status != "active":
        fail(f"{email} is not an active member of {slug}.")
    try:
        with entering(Door(found.tenant_id, None, cause=Cause("system"))):
            made = create_token(name, scopes or ["*"], member_id=found.member_id, days=days)
    except DomainError as problem:
        fail(problem.message)
    click.echo(made[1])


def fail(message: str) -> NoReturn:
    raise click.ClickException(message)
