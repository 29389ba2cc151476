"""Every component and state on one page, for those who build and those who look; only where one develops."""

from datetime import timedelta
from types import SimpleNamespace

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from core import current
from core.web.pages import redirect_to, render, swap
from core.web.toasts import toast

styleguide = Blueprint("styleguide", __name__, url_prefix="/styleguide")

NAMES = ("Ada Lovelace", "王小明", "Grace Hopper", "欧阳娜娜", "Linus", "李雷")
STATES = (("New", "blue"), ("Contacted", "amber"), ("Qualified", "green"), ("Lost", "gray"))


def _people() -> list[SimpleNamespace]:
    return [
        SimpleNamespace(
            id=number,
            name=name,
            company=("Acme Ltd", "上海星辰科技有限公司", "Globex Corporation")[number % 3],
            state=STATES[number % 4],
            score=(number * 37) % 100,
            amount=1234500 * (number + 1),
            owner=NAMES[-number - 1],
            touched=current.now() - timedelta(hours=number * 31 + 1),
        )
        for number, name in enumerate(NAMES)
    ]


@styleguide.get("/")
def show_styleguide() -> ResponseReturnValue:
    people = _people()
    return render("styleguide/index.html", people=people, states=STATES, sort=request.args.get("sort", "-score"))


@styleguide.get("/<name>")
def show_example(name: str) -> ResponseReturnValue:
    if name not in ("auth", "public", "board", "list", "record", "empty"):
        abort(404)
    return render(f"styleguide/{name}.html", people=_people(), states=STATES, errors={})


@styleguide.get("/form")
@styleguide.post("/form")
def try_form() -> ResponseReturnValue:
    errors = {}
    if request.method == "POST":
        if request.form.get("name"):
            toast("Saved.", undo="/styleguide/undo")
            return redirect_to("/styleguide/")
        errors = {"name": "Enter a name.", "amount": "Enter an amount, such as 1,200.50."}
    status = 422 if errors else 200
    return render("styleguide/form.html", errors=errors, status=status)


@styleguide.post("/undo")
def undo() -> ResponseReturnValue:
    toast("Undone.", "info")
    return redirect_to("/styleguide/")


@styleguide.post("/say/<kind>")
def say(kind: str) -> ResponseReturnValue:
    toast("The lead was handed to 王小明.", kind, undo="/styleguide/undo" if kind == "success" else None)
    return redirect_to("/styleguide/")


@styleguide.get("/panel")
def show_panel() -> ResponseReturnValue:
    return render("styleguide/panel.html")


@styleguide.post("/moves")
def move_card() -> ResponseReturnValue:
    lead = next(lead for lead in _people() if str(lead.id) == request.form["id"])
    return swap("styleguide/_card.html", lead=lead, otherwise="/styleguide/board")


@styleguide.get("/search")
def search() -> ResponseReturnValue:
    query = request.args.get("q", "")
    found = [lead for lead in _people() if query.lower() in f"{lead.name} {lead.company}".lower()]
    return render("styleguide/search.html", "styleguide/_hits.html", found=found, query=query)


@styleguide.get("/failure/<int:status>")
def fail(status: int) -> ResponseReturnValue:
    abort(status)
