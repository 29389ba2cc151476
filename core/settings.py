"""What the installation is told by its environment, and nothing else."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

ROLES = ("owner", "app", "auth", "worker", "ops")


class SettingMissing(RuntimeError):
    """A variable without which nothing can start is not set; the message names it."""


@dataclass(frozen=True)
class Settings:
    """Effective configuration. `guanxi doctor` prints it with the secrets hidden."""

    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    database_url: str
    redis_url: str
    mail_url: str | None
    mail_from: str
    base_url: str
    data_dir: Path
    embedded: bool
    log_format: str
    trusted_proxies: int
    allowed_hosts: tuple[str, ...]
    geoip_file: str | None
    sign_in: Mapping[str, str]
    """The variables that begin with SIGN_IN_: the accounts of others with which one may sign in."""

    def role_url(self, role: str) -> str:
        """The database address for one of our roles.

        `DATABASE_URL` is the login that administers; every process works as a lesser role whose password
        is derived from the secret key, so there is one secret to keep.
        """
        if role not in ROLES:
            raise ValueError(role)
        parts = urlsplit(self.database_url)
        host = parts.netloc.rpartition("@")[2]
        login = f"guanxi_{role}:{quote(self.role_password(role))}"
        return urlunsplit(parts._replace(netloc=f"{login}@{host}"))

    def role_password(self, role: str) -> str:
        return hmac.new(self.secret_key.encode(), f"database role {role}".encode(), hashlib.sha256).hexdigest()


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SettingMissing(f"{name} is not set. Set it, or run `guanxi up`, which sets everything itself.")
    return value


@cache
def settings() -> Settings:
    """Read the environment once.

    Raises SettingMissing when `DATABASE_URL`, `REDIS_URL` or `SECRET_KEY` is absent.
    """
    return Settings(
        secret_key=_required("SECRET_KEY"),
        secret_key_fallbacks=tuple(filter(None, os.environ.get("SECRET_KEY_FALLBACKS", "").split(","))),
        database_url=_required("DATABASE_URL"),
        redis_url=_required("REDIS_URL"),
        mail_url=os.environ.get("MAIL_URL") or None,
        mail_from=os.environ.get("MAIL_FROM") or "Guanxi <no-reply@localhost>",
        base_url=(os.environ.get("BASE_URL") or "http://localhost:8000").rstrip("/"),
        data_dir=Path(os.environ.get("DATA_DIR") or "data").absolute(),
        embedded=os.environ.get("EMBEDDED") == "1",
        log_format=os.environ.get("LOG_FORMAT") or "json",
        sign_in={name: value for name, value in sorted(os.environ.items()) if name.startswith("SIGN_IN_") and value},
        trusted_proxies=int(os.environ.get("TRUSTED_PROXIES") or 0),
        allowed_hosts=tuple(filter(None, os.environ.get("ALLOWED_HOSTS", "").replace(" ", "").split(","))),
        geoip_file=os.environ.get("GEOIP_FILE") or None,
    )
