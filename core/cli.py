"""The command line: `guanxi`. Each command lives where its work is done and is imported when it is called."""

from importlib import import_module

import click

COMMANDS = {
    "up": "core.up.command:up",
    "migrate": "core.migrate:command",
    "doctor": "core.doctor:command",
    "token": "core.auth.command:token",
    "tenant": "tenants.command:tenant",
    "plugin": "core.host.command:plugin",
    "demo": "tenants.demo:command",
}


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
def main() -> None:
    """Guanxi, an open-source CRM for many companies."""


if __name__ == "__main__":
    main()
