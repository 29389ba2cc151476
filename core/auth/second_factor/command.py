"""`guanxi user`: what only the operator of the machine does to somebody's account."""

import click

from core import db
from core.auth.second_factor.resetting import strip
from core.auth.users import find_user


@click.group()
def user() -> None:
    """People's accounts."""


@user.command("reset-second-factor")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """Take the codes, passkeys and recovery codes of an account away; the person is told by mail."""
    with db.role_session("auth") as session:
        found = find_user(session, email.strip().lower())
    if found is None:
        raise click.ClickException(f"There is no account with {email}.")
    if strip(found.id):
        click.echo(f"{email} signs in with the password alone until a second factor is set up again.")
    else:
        click.echo(f"{email} has no second factor.")
