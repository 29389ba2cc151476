"""`python -m bench`: all figures, or those that are named."""

import sys
from pathlib import Path

import click

from bench import report
from bench.figures import FIGURES, Size
from bench.house import house
from bench.timing import Result


@click.command()
@click.argument("figures", nargs=-1, type=click.Choice(list(FIGURES)))
@click.option("--rows", type=int, help="Records in the figure's large company; by default what the target names.")
@click.option("--rounds", type=int, help="How often each work is done; by default as often as the figure needs.")
@click.option("--keep", type=click.Path(path_type=Path), help="A folder in which the data stays for next time.")
def main(figures: tuple[str, ...], rows: int | None, rounds: int | None, keep: Path | None) -> None:
    """Measure Guanxi beside its bare twins."""
    results: list[Result] = []
    with house(keep):
        for name in figures or FIGURES:
            click.echo(f"{name} …", err=True)
            found = FIGURES[name](Size(rows, rounds))
            click.echo(report.table(found), err=True)
            results += found
    report.keep(results)
    click.echo(f"{report.machine()}\n\n{report.table(results)}")
    sys.exit(0)


if __name__ == "__main__":
    main()
