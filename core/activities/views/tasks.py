"""My tasks, adding one in a line, and checking them off."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.activities.agenda import my_agenda
from core.activities.models import Task
from core.activities.services import complete_task, reopen_task
from core.activities.shown import names_of_tasks
from core.activities.types import TASK
from core.errors import Invalid
from core.records.schemas import Values, from_form, writable
from core.records.services import create_record
from core.web import render, swap
from core.web.blueprints import any_member, to, workspace
from core.web.preferences import came_from

tasks = workspace("tasks", __name__, "tasks", template_folder="../templates")


@tasks.get("/mine", permission=any_member)
def list_mine() -> ResponseReturnValue:
    return render("activities/tasks.html", "activities/_agenda.html", **_mine())


@tasks.post("/mine", permission=to("create", "task"))
def create_mine() -> ResponseReturnValue:
    """Add a task of mine in one line."""
    try:
        create_record(TASK, quick_task())
    except Invalid as invalid:
        problems = {problem.field: problem.message for problem in invalid.problems}
        return render("activities/tasks.html", "activities/_agenda.html", status=422, errors=problems, **_mine())
    return swap("activities/_agenda.html", otherwise=url_for(".list_mine"), **_mine())


@tasks.post("/<uuid:task_id>/completion", permission=to("edit", "task"))
def create_completion(task_id: UUID) -> ResponseReturnValue:
    return _swapped(complete_task(TASK.get(task_id, action="edit", lock=True)))


@tasks.post("/<uuid:task_id>/reopening", permission=to("edit", "task"))
def create_reopening(task_id: UUID) -> ResponseReturnValue:
    return _swapped(reopen_task(TASK.get(task_id, action="edit", lock=True)))


def quick_task() -> Values:
    """The values of the form of one line. Raises Invalid."""
    return from_form(TASK, request.form, fields=writable(TASK, ("title", "due_at"), needed=("title",)))


def _swapped(task: Task) -> ResponseReturnValue:
    otherwise = came_from() or url_for(".list_mine")
    return swap("activities/_task.html", otherwise=otherwise, task=task, names=names_of_tasks([task]))


def _mine() -> dict[str, Any]:
    agenda = my_agenda()
    return {"agenda": agenda, "names": names_of_tasks([task for group in agenda for task in group.tasks])}
