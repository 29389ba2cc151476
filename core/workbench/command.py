"""`guanxi plugin`: what is installed, a new one to begin with, and what is wrong with one."""

import keyword
from pathlib import Path

import click

from core.everything import load_everything
from core.host.loader import host
from core.workbench.checking import problems_of
from core.workbench.starting import write_plugin


@click.group()
def plugin() -> None:
    """Modules: list them, begin a new one, check one."""


@plugin.command("list")
def list_plugins() -> None:
    """The installed plugins, with what they bring."""
    load_everything()
    for each in host().plugins.values():
        brought = ", ".join(t.plural for t in each.record_types) or "-"
        click.echo(f"{each.name:<16} {each.version:<10} {brought:<24} {each.title}")


@plugin.command("new")
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), help="Where to put it; here unless told.")
def new_plugin(name: str, folder: Path) -> None:
    """Write a plugin that works: a record type, a panel, a listener, a test."""
    if not (name.isidentifier() and name.islower() and name.isascii() and "_" not in name) or keyword.iskeyword(name):
        raise click.BadParameter("Use small letters and digits only, a letter first: visits.", param_hint="NAME")
    place = folder / name
    if place.exists():
        raise click.ClickException(f"{place} is there already.")
    write_plugin(name, place)
    click.echo(f"{place} is ready. Next:\n  pip install -e {place}\n  guanxi migrate\n  guanxi plugin check {name}")


@plugin.command("check")
@click.argument("name")
def check_plugin(name: str) -> None:
    """Say what is wrong with a plugin; nothing wrong is exit code 0."""
    load_everything()
    found = host().plugins.get(name)
    if found is None:
        raise click.ClickException(f"{name} is not installed. There are: {', '.join(sorted(host().plugins))}")
    problems = problems_of(found)
    for problem in problems:
        click.echo(problem)
    if problems:
        raise SystemExit(1)
    click.echo(f"{name} is in order.")
