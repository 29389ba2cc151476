"""Under which names we answer, and whose word counts for who asks."""

from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from core.settings import settings

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def init_hosts(app: Flask) -> None:
    """Behind proxies of ours the last ones of so many say who asks and by which address; without, the peer itself.

    An address in a mail is never made from the name that was asked for, and a name that is not ours is answered with
    400. Where the installation has no public name yet, as on somebody's own machine, any will do.
    """
    proxies = settings().trusted_proxies
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_port=0, x_prefix=0
        )
    app.config.update(TRUSTED_HOSTS=trusted_names() or None, PUBLIC_HOST=urlsplit(settings().base_url).netloc)


def trusted_names() -> list[str]:
    """What `ALLOWED_HOSTS` says, the name in `BASE_URL`, and the machine itself; empty when no name is known."""
    public = urlsplit(settings().base_url).hostname or ""
    own = f"[{public}]" if ":" in public else public
    known = [*settings().allowed_hosts, *([] if own in LOOPBACK else [own])]
    return [*known, *LOOPBACK] if known else []
