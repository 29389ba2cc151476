"""`guanxi tenant`: companies of this installation, made and listed at the machine."""

import click
import marshmallow as ma
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core import current, db
from core.auth.forms import normal_address
from core.auth.users import claim_user, reset_url
from core.db import new_id
from core.i18n import known_locale
from core.settings import settings
from core.tenant import Tenant
from tenants.auditing import keep_audit
from tenants.overview import overview
from tenants.provisioning import NewTenant, make_tenant
from tenants.seats import give_seats
from tenants.slugs import is_slug


@click.group()
def tenant() -> None:
    """The companies of this installation."""


@tenant.command()
@click.option("--slug", required=True, help="Its name in the address: /w/SLUG/")
@click.option("--name", required=True, help="What the company is called.")
@click.option("--owner", required=True, metavar="EMAIL", help="Who owns the workspace.")
@click.option("--owner-name", help="The owner's name, if new here.")
@click.option("--plan", default="free", show_default=True)
@click.option("--seats", type=click.IntRange(1, 1_000_000), help="How many people may work there; as many as like.")
@click.option("--language", default="en", show_default=True, help="en or zh.")
def create(
    slug: str, name: str, owner: str, owner_name: str | None, plan: str, seats: int | None, language: str
) -> None:
    """Make a workspace, and its owner if there is no such user yet. Prints where the owner signs in."""
    if not is_slug(slug):
        raise click.BadParameter("lower-case letters, digits and single hyphens, at most 48.", param_hint="--slug")
    try:
        email = normal_address(owner)
    except ma.ValidationError:
        raise click.BadParameter("an e-mail address like ada@example.com.", param_hint="--owner") from None
    locale = known_locale(language) or "en"
    _refuse_taken(slug)
    with db.role_session("auth") as session:
        user = claim_user(session, email, owner_name or email.partition("@")[0], locale)
        user.confirmed_at = user.confirmed_at or current.now()
        way_in = f"{settings().base_url}/sign-in" if user.password else reset_url(user)
    zone, currency = ("Asia/Shanghai", "CNY") if locale.startswith("zh") else ("UTC", "USD")
    try:
        make_tenant(
            NewTenant(
                id=new_id(), slug=slug, name=name, owner_user_id=user.id, owner_name=user.name, owner_email=email,
                owner_locale=user.locale, locale=locale, timezone=zone, currency=currency, plan=plan, seats=seats,
            )
        )  # fmt: skip
    except IntegrityError:
        raise click.ClickException(f"The address /w/{slug}/ is taken.") from None
    click.echo(f"{name} is at {settings().base_url}/w/{slug}/")
    click.echo(f"{email} {'signs in' if user.password else 'chooses a password'} at {way_in}")


def _refuse_taken(slug: str) -> None:
    with db.engine("auth").connect() as connection:
        if connection.scalar(select(Tenant.id).where(Tenant.slug == slug)):
            raise click.ClickException(f"The address /w/{slug}/ is taken.")


@tenant.command("seats")
@click.argument("slug")
@click.argument("seats", type=click.IntRange(1, 1_000_000), required=False)
def change_seats(slug: str, seats: int | None) -> None:
    """Give the workspace SLUG so many SEATS; without a number, as many as like."""
    with db.engine("auth").connect() as connection:
        tenant_id = connection.scalar(select(Tenant.id).where(Tenant.slug == slug))
    if tenant_id is None:
        raise click.ClickException(f"There is no workspace /w/{slug}/.")
    give_seats(tenant_id, seats)
    click.echo(f"/w/{slug}/ has {'as many seats as it likes' if seats is None else f'{seats} seats'}.")


@tenant.command("audit")
@click.argument("slug")
@click.argument("days", type=click.IntRange(7, 36_500), required=False)
def change_audit(slug: str, days: int | None) -> None:
    """Keep the audit log of the workspace SLUG for so many DAYS; without a number, for ever."""
    with db.engine("auth").connect() as connection:
        tenant_id = connection.scalar(select(Tenant.id).where(Tenant.slug == slug))
    if tenant_id is None:
        raise click.ClickException(f"There is no workspace /w/{slug}/.")
    keep_audit(tenant_id, days)
    click.echo(f"/w/{slug}/ keeps its audit log {'for ever' if days is None else f'for {days} days'}.")


@tenant.command("list")
def list_tenants() -> None:
    """Show all workspaces with their numbers, the newest first."""
    click.echo(f"{'SLUG':<28} {'NAME':<28} {'PLAN':<8} {'MEMBERS':>8} {'SEATS':>6} {'CUSTOMERS':>10} {'PARKED':>7}")
    for row in overview("guanxi tenant list"):
        click.echo(
            f"{row.slug:<28} {row.name[:28]:<28} {row.plan:<8} {row.members:>8} {row.seats or '':>6}"
            f" {row.customers:>10} {row.parked:>7}"
        )
