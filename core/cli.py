"""The command line: `guanxi`. Each command lives where its work is done and is imported when it is called."""

import os
from importlib import import_module
from pathlib import Path

import click

from core.up.services import running

COMMANDS = {
    "up": "core.up.command:up",
    "migrate": "core.migrate:command",
    "doctor": "core.doctor:command",
    "rotate-key": "core.rotating:command",
    "token": "core.auth.command:token",
    "user": "core.auth.second_factor.command:user",
    "tenant": "tenants.command:tenant",
    "plugin": "core.workbench.command:plugin",
    "demo": "tenants.demo:command",
}
ON_THE_DATABASE = ("migrate", "rotate-key", "token", "user", "tenant", "demo")


class Lazy(click.Group):
    """A group that imports only the command that is called: `guanxi up` must start at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.command(cls=Lazy)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Guanxi, an open-source CRM for many companies.

    Commands work on the database that DATABASE_URL names, or else on the installation of `guanxi up` in the folder
    DATA_DIR, by default ./data.
    """
    if ctx.invoked_subcommand not in ON_THE_DATABASE:
        return
    if "DATABASE_URL" not in os.environ:
        os.environ.update(ctx.with_resource(running(Path(os.environ.get("DATA_DIR", "data")))))
    import_module("core.logs").set_up_logs()
    import_module("core.everything").load_everything()


if __name__ == "__main__":
    main()
