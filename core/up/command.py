"""`guanxi up` on the command line."""

import sys
from pathlib import Path

import click

from core.up.launch import up as run


@click.command()
@click.option("--port", default=8000, show_default=True, help="Where Guanxi is reached.")
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets other machines in.")
@click.option(
    "--data",
    default="data",
    show_default=True,
    envvar="DATA_DIR",
    type=click.Path(path_type=Path),
    help="The folder that holds everything of this installation.",
)
@click.option("--demo", is_flag=True, help="Fill an empty installation with a company to try things on.")
def up(port: int, host: str, data: Path, demo: bool) -> None:
    """Run everything on this machine until Ctrl-C.

    Postgres and Valkey come along unless DATABASE_URL and REDIS_URL name others.
    """
    sys.exit(run(port, data, demo, host))
