"""A small application that wears the web kit, for the kit's own tests."""

from flask import Flask, abort, request
from flask.typing import ResponseReturnValue

from core.errors import Conflict
from core.i18n import _
from core.web import Frame, Link, init_web, redirect_to, render, swap, toast
from core.web.toasts import KINDS


def make_app() -> Flask:
    app = Flask("kit", static_folder=None)
    app.config.update(SECRET_KEY="k" * 32, TESTING=True, PROPAGATE_EXCEPTIONS=False)
    init_web(app, frame_of=_frame)

    @app.get("/page")
    def show_page() -> ResponseReturnValue:
        return render("styleguide/form.html", "styleguide/panel.html", errors={})

    @app.post("/things")
    def create_thing() -> ResponseReturnValue:
        toast(_("Saved."), undo="/undo")
        return swap("styleguide/panel.html", otherwise="/page")

    @app.post("/quarrels")
    def create_quarrel() -> ResponseReturnValue:
        raise Conflict("Bob has it already.")

    @app.get("/failures/<int:status>")
    def fail(status: int) -> ResponseReturnValue:
        abort(status)

    @app.get("/crash")
    def crash() -> ResponseReturnValue:
        raise RuntimeError("a fault of the program")

    @app.post("/sign-in")
    def sign_in() -> ResponseReturnValue:
        return redirect_to("/page", reload=True)

    @app.post("/say")
    def say() -> ResponseReturnValue:
        for kind in KINDS:
            toast(request.form["text"], kind)
        return redirect_to("/page")

    return app


def _frame() -> Frame | None:
    if "signed-out" in request.args:
        return None
    return Frame(
        workspace="Acme",
        home_url="/page",
        nav=(
            Link("Leads", "/styleguide/list", "magnet", request.path == "/styleguide/list", key="l"),
            Link("Deals", "/styleguide/board", "layout-kanban", request.path == "/styleguide/board", key="d"),
        ),
        create=(Link("Lead", "/styleguide/form", "magnet"),),
        search_url="/styleguide/search",
        sign_out_url="/sign-out",
        name="Ada Lovelace",
        email="ada@acme.example",
    )
