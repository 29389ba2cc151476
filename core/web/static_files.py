"""What browsers are served: our own files, the vendors' and the plugins', all under one content hash."""

import gzip
import hashlib
import mimetypes
from functools import cache, lru_cache
from pathlib import Path

import orjson
from flask import Blueprint, Response, current_app, make_response, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

STATIC = Path(__file__).with_name("static")
VENDOR = STATIC / "vendor"
YEAR = "public, max-age=31536000, immutable"

static_files = Blueprint("static_files", __name__, template_folder="templates")
_folders = [STATIC]

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("image/svg+xml", ".svg")
mimetypes.add_type("font/woff2", ".woff2")


class AssetsMissing(RuntimeError):
    """The vendors' files were never copied; the message says how."""


def add_static(folder: Path) -> None:
    """Serve the files of a plugin's `static` folder, which are addressed `<plugin>/<file>`."""
    if folder not in _folders:
        _folders.append(folder)
        bundle_hash.cache_clear()


@cache
def bundle_hash() -> str:
    """One hash over every file we serve, so that relative imports between files stay in step."""
    digest = hashlib.sha256()
    for folder in _folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def asset_url(path: str) -> str:
    """Address of a static file, `app.css` or `leads/board.js`, which browsers may keep for ever."""
    if current_app.debug:
        bundle_hash.cache_clear()
    return f"/static/{bundle_hash()}/{path}"


@static_files.get("/static/<version>/<path:path>")
def show_asset(version: str, path: str) -> ResponseReturnValue:
    found = (safe_join(str(folder), path) for folder in _folders)
    file = next((Path(name) for name in found if name and Path(name).is_file()), None)
    if file is None:
        raise NotFound
    return _answer(file, keep=version == bundle_hash())


@static_files.get("/favicon.ico")
def show_favicon() -> ResponseReturnValue:
    return _answer(STATIC / "favicon.svg", keep=False)


def _answer(file: Path, *, keep: bool) -> Response:
    plain, packed = _read(file, file.stat().st_mtime_ns)
    zipped = packed is not None and request.accept_encodings.quality("gzip") > 0
    response = make_response(packed if zipped else plain)
    response.content_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    response.headers["Cache-Control"] = YEAR if keep else "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.add_etag()
    response.make_conditional(request)
    return response


@lru_cache(maxsize=256)
def _read(file: Path, changed: int) -> tuple[bytes, bytes | None]:
    """The bytes, and the bytes packed where packing pays."""
    content = file.read_bytes()
    packed = gzip.compress(content, mtime=0) if file.suffix in {".css", ".js", ".svg", ".json"} else None
    return content, packed


@cache
def _icons() -> dict[str, str]:
    path = VENDOR / "icons.json"
    if not path.exists():
        raise AssetsMissing("The vendors' files are missing: run `python -m core.web.assets`.")
    return orjson.loads(path.read_bytes())


def has_icon(name: str) -> bool:
    """Whether there is an icon of this name."""
    return name in _icons()


@lru_cache(maxsize=1024)
def icon(name: str, classes: str = "", label: str | None = None) -> Markup:
    """An icon of Tabler by its name, drawn into the page. It is decoration unless it has a label."""
    if name not in _icons() and (current_app.debug or current_app.testing):
        raise LookupError(f"there is no icon {name!r}")
    meaning = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        '<svg class="icon {}" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor"'
        ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" {}>{}</svg>'
    ).format(classes, meaning, Markup(_icons().get(name, _icons()["square-rounded"])))
