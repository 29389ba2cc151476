"""Writing a mail: from `mail/<name>.txt` and `mail/<name>.html` in somebody's templates, in the reader's language."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape

from core import i18n
from core.settings import settings

_ROOT = Path(__file__).parents[1]
_folders = [*sorted(_ROOT.glob("core/*/templates")), _ROOT / "tenants/templates"]


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str


def add_templates(folder: Path) -> None:
    """Let mails be written from the templates of a plugin too: `mail/<plugin>/<name>.txt`."""
    if folder not in _folders:
        _folders.append(folder)
        _environment.loader = _loader()


def write_letter(template: str, locale: str | None, timezone: str | None = None, **values: Any) -> Letter:
    """The first line of the text is the subject; the HTML extends `mail/layout.html`."""
    with i18n.using_locale(locale, timezone):
        around = {"base_url": settings().base_url, "html_lang": i18n.html_lang()}
        said = _environment.get_template(f"mail/{template}.txt").render(around | values)
        subject, _line, text = said.lstrip().partition("\n")
        html = _environment.get_template(f"mail/{template}.html").render(around | values | {"subject": subject})
    return Letter(" ".join(subject.split()), text.strip() + "\n", html)


def _loader() -> ChoiceLoader:
    return ChoiceLoader([FileSystemLoader(folder) for folder in _folders])


def _make_environment() -> Environment:
    made = Environment(
        loader=_loader(),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(i18n._, i18n.ngettext, newstyle=False)  # type: ignore[attr-defined]
    made.globals.update(_=i18n._, _n=i18n._n)
    for name in ("fmt_date", "fmt_datetime", "fmt_money", "fmt_number", "fmt_relative", "fmt_time"):
        made.globals[name] = made.filters[name] = getattr(i18n, name)
    return made


_environment = _make_environment()
