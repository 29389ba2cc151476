"""`python -m bench.learned FILE`: how well the learned score tells won from lost, on leads that are public.

The file is brought in through the product, each column as a field of the company's own; every lead is then converted
or disqualified as the file says, by the services that people use, and learned from. Printed is what the page shows.
"""

import csv
import io
import sys
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from bench.data.companies import company
from bench.house import house
from core import db, work
from core.auth.context import entering
from core.records.custom import add_custom_field
from core.records.imports import services as imports
from core.records.imports.models import Import
from core.records.types import type_named
from plugins.leads.models import Lead
from plugins.leads.services.scoring.lessons import decide_columns, learn, newest_model
from plugins.leads.services.working.changing import disqualify_lead
from plugins.leads.services.working.converting import convert_lead

OUTCOME, NAME, NEVER = "Converted", "Prospect ID", ("Lead Number",)
LEAKS = {
    "Tags": "what the seller wrote after talking: “Closed by Horizzon”, “Lost to EINS”, “Already a student”, “Ringing”",
    "Lead Quality": "the seller's own verdict: “High in Relevance”, “Worst”",
    "Lead Profile": "what the office sorted the lead into once it knew more: “Potential Lead”, “Student of SomeSchool”",
    "Asymmetrique Activity Index": "an index computed afterwards by another tool, at a time nobody knows",
    "Asymmetrique Profile Index": "the same",
    "Asymmetrique Activity Score": "the same",
    "Asymmetrique Profile Score": "the same",
    "Last Notable Activity": "overwritten by every edit: “Modified” is what closing a lead leaves behind",
}
"""Columns that are written with or after the outcome."""
BATCH = 100


@click.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--keep", type=click.Path(path_type=Path), help="A folder in which the data stays for next time.")
def main(file: Path, keep: Path | None) -> None:
    """Measure the learned score on FILE."""
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    with house(keep):
        owned = company(1000, f"learned-{len(rows)}")
        with entering(owned.door()):
            there = db.session().scalar(select(Lead.id).limit(1))
        if there is None:
            keys = _bring_in(owned, file, rows)
            _close(owned, rows)
        else:
            with entering(owned.door()):
                keys = {str(f.label): key for key, f in type_named("lead").all_fields().items() if f.custom_id}
        _told("By itself", owned, keys, {})
        _told("With the columns named below left out", owned, keys, dict.fromkeys(LEAKS, False))
        doubtful = dict.fromkeys((*LEAKS, "Last Activity"), False)
        _told("And without “Last Activity”, whose time nobody can check", owned, keys, doubtful)
    click.echo("\nLeft out by hand:")
    for name, why in LEAKS.items():
        click.echo(f"- {name}: {why}")
    sys.exit(0)


def _bring_in(owned: Any, file: Path, rows: list[dict[str, str]]) -> dict[str, str]:
    """Each column but the ids and the outcome becomes a field; then the file is imported."""
    keys: dict[str, str] = {}
    with entering(owned.door()):
        for label in rows[0]:
            if label not in (OUTCOME, NAME, *NEVER):
                field = add_custom_field("lead", label=label[:60], type=_type(row[label] for row in rows), taken=())
                keys[label] = field.key
    with entering(owned.door()):
        run = imports.begin_import(type_named("lead"), file.name, file.read_bytes())
        mapping = ["name" if label == NAME else keys.get(label) for label in rows[0]]
        imports.map_import(run, mapping, {})
        imports.start_import(run)
    while work.drain("slow") + work.drain("quick"):
        pass
    with entering(owned.door()):
        done = db.get(Import, run.id)
        click.echo(f"imported {done.created} of {len(rows)}, refused {done.refused}", err=True)
    return keys


def _type(values: Any) -> str:
    known = {value for value in values if value}
    if known <= {"Yes", "No"}:
        return "yes_no"
    try:
        return "decimal" if all(float(value) is not None for value in known) else "text"
    except ValueError:
        return "text"


def _close(owned: Any, rows: list[dict[str, str]]) -> None:
    """As the file says it ended."""
    with entering(owned.door()):
        ids = dict(db.session().execute(select(Lead.name, Lead.id)).tuples().all())
    for start in range(0, len(rows), BATCH):
        with entering(owned.door()):
            for row in rows[start : start + BATCH]:
                lead = type_named("lead").get(ids[row[NAME]])
                if row[OUTCOME] == "1":
                    convert_lead(lead)
                else:
                    disqualify_lead(lead, reason="Not enrolled")
        click.echo(f"\r{start + BATCH} closed", nl=False, err=True)


def _told(what: str, owned: Any, keys: dict[str, str], decided: dict[str, bool]) -> None:
    with entering(owned.door()):
        decide_columns({keys[name]: use for name, use in decided.items() if name in keys}, learns=True)
    with entering(owned.door()):
        learn()
        model = newest_model()
    names = {key: name for name, key in keys.items()}
    figures, called = model.figures, model.figures["called"]
    click.echo(f"\n{what}: {model.won} won, {model.lost} lost")
    click.echo(f"  AUC five-fold {figures['auc']}: {figures['auc_of_folds']}")
    click.echo(f"  AUC on a held-out quarter {figures['auc_held_out']}: {figures['auc_of_held_out']}")
    click.echo(f"  mean square error {figures['off_by']}; right {called}")
    click.echo("  said/happened by tenths " + ", ".join(f"{t['said']:.2f}/{t['won']:.2f}" for t in figures["tenths"]))
    found = [each for each in model.left_out if each["why"] in ("late", "filled_after", "too_good", "too_sure")]
    suspected = [f"{names.get(each['key'], each['key'])} ({each['why']} {each.get('figure', '')})" for each in found]
    click.echo(f"  found suspicious: {', '.join(suspected) or 'nothing'}")
    click.echo("  tells most: " + ", ".join(f"{names.get(key, key)} {worth}" for key, worth in figures["weights"][:8]))


if __name__ == "__main__":
    main()
