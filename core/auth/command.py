"""`guanxi token`: keys for programs, made at the machine."""

from typing import NoReturn
from uuid import UUID

import click
from sqlalchemy import text

from core import db
from core.auth.context import Door, entering
from core.auth.programs import program_named
from core.auth.tokens import Wanted, create_token
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
@click.option("--member", "email", help="Whom the token acts for, by e-mail address.")
@click.option("--service", help="The program that the token acts for instead of a member, by its name.")
@click.option(
    "--scope", "scopes", multiple=True, help="What it may do: *, read, write, admin, lead:read, … (default: *)"
)
@click.option("--name", default="command line", show_default=True, help="What the list of tokens calls it.")
@click.option(
    "--expires-days", "days", type=click.IntRange(1, 3650), help="Days until it stops working (default: never)."
)
@click.option("--ip", "ips", multiple=True, help="A network from which alone it works: 203.0.113.0/24, 2001:db8::/32.")
def create(
    slug: str, email: str | None, service: str | None, scopes: tuple[str, ...], name: str, days: int | None,
    ips: tuple[str, ...],
) -> None:  # fmt: skip
    """Make a token and print it, once."""
    if (email is None) == (service is None):
        fail("Say whom the token acts for: --member ADDRESS or --service NAME.")
    with db.engine("auth").connect() as connection:
        found = connection.execute(text(FIND), {"slug": slug, "email": (email or "").lower()}).one_or_none()
    if found is None:
        fail(f"There is no workspace {slug}. `guanxi tenant list` shows them all.")
    if email is not None and found.status != "active":
        fail(f"{email} is not an active member of {slug}.")
    try:
        with entering(Door(found.tenant_id, None, cause=Cause("system"))):
            member_id = found.member_id if service is None else _program(service, slug)
            made = create_token(Wanted(name, scopes or ["*"], member_id, days, ips=ips))
    except DomainError as problem:
        fail(problem.message)
    click.echo(made[1])


def _program(name: str, slug: str) -> UUID:
    program = program_named(name)
    if program is None:
        fail(f"There is no active program {name} in {slug}. Settings → Programs shows them all.")
    return program.id


def fail(message: str) -> NoReturn:
    raise click.ClickException(message)
