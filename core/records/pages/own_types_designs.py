"""The pages of templates: saving record types as one, and bringing one in after a look at what it would change."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from core import db
from core.errors import Invalid, NotFound
from core.files import File, keep_file
from core.i18n import _, _n
from core.records import designs
from core.records.pages.blueprint import records
from core.records.pages.own_types import MANAGE
from core.web import redirect_to, render, toast

SUFFIX = ".guanxi.yaml"
"""How our name for the file ends, so that no other file of the workspace is taken for a template."""


@records.get("/settings/record-types/templates", permission=MANAGE)
def list_designs() -> ResponseReturnValue:
    return _home()


@records.post("/settings/record-types/templates", permission=MANAGE)
def upload_design() -> ResponseReturnValue:
    file = request.files.get("file")
    if file is None or not file.filename:
        return _home(_("Choose a file."))
    content = file.read()
    try:
        designs.read_design(content)
    except designs.DesignError as error:
        return _home(error.message)
    kept = keep_file(f"{file.filename[:150]}{SUFFIX}", content)
    return redirect_to(url_for("records.compare_design", file_id=kept.id))


@records.get("/settings/record-types/templates/download", permission=MANAGE)
def download_designs() -> ResponseReturnValue:
    names = request.args.getlist("type")
    if not names:
        return _home(chosen_error=_("Choose at least one record type."))
    answer = Response(designs.write_design(names), content_type="application/yaml; charset=utf-8")
    filename = f"{names[0] if len(names) == 1 else 'record-types'}.yaml"
    answer.headers.set("Content-Disposition", "attachment", filename=filename)
    return answer


@records.get("/settings/record-types/templates/<uuid:file_id>", permission=MANAGE)
def compare_design(file_id: UUID) -> ResponseReturnValue:
    file, design = _uploaded(file_id)
    action = url_for("records.apply_design", file_id=file_id)
    return _differences(design, file.name.removesuffix(SUFFIX), action)


@records.post("/settings/record-types/templates/<uuid:file_id>", permission=MANAGE)
def apply_design(file_id: UUID) -> ResponseReturnValue:
    file, design = _uploaded(file_id)
    return _apply(design, file.name.removesuffix(SUFFIX), request.path)


@records.get("/settings/record-types/templates/ready/<name>", permission=MANAGE)
def compare_ready_design(name: str) -> ResponseReturnValue:
    design = designs.ready_design(name)
    return _differences(design, design["title"], url_for("records.apply_ready_design", name=name))


@records.post("/settings/record-types/templates/ready/<name>", permission=MANAGE)
def apply_ready_design(name: str) -> ResponseReturnValue:
    design = designs.ready_design(name)
    return _apply(design, design["title"], request.path)


def _uploaded(file_id: UUID) -> tuple[File, dict[str, Any]]:
    file = db.get(File, file_id)
    if file is None or not file.name.endswith(SUFFIX):
        raise NotFound(_("There is no such template."))
    return file, designs.read_design(file.content)


def _apply(design: Mapping[str, Any], title: str, action: str) -> ResponseReturnValue:
    try:
        done = designs.apply(design)
    except Invalid as invalid:
        return _differences(design, title, action, invalid.message)
    number = done.of("new", "changed", "back")
    toast(_n("%(num)s change was made.", "%(num)s changes were made.", number))
    if done.of("conflict"):
        left = _n(
            "%(num)s conflict was left as it is.", "%(num)s conflicts were left as they are.", done.of("conflict")
        )
        toast(left, "warning")
    return redirect_to(url_for("records.list_own_types"))


def _differences(design: Mapping[str, Any], title: str, action: str, error: str = "") -> ResponseReturnValue:
    return render(
        "records/own_types/differences.html", status=422 if error else 200, found=designs.compare(design), title=title,
        action=action, error=error,
    )  # fmt: skip


def _home(error: str = "", chosen_error: str = "") -> ResponseReturnValue:
    return render(
        "records/own_types/designs.html", status=422 if error or chosen_error else 200, error=error,
        chosen_error=chosen_error, ready=designs.ready_designs(),
        types=[(t.name, t.plural_label) for t in designs.describable()],
    )  # fmt: skip
