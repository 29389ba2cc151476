"""The session by which a page looks people up, as the role guanxi_auth."""

from typing import Any

from sqlalchemy.orm import Session, scoped_session, sessionmaker

from core import db


class _AuthSession(Session):
    """Looks somebody up in one statement: a transaction around it would cost every page two more round trips."""

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Any:
        return db.engine("auth").execution_options(isolation_level="AUTOCOMMIT")


auth_session: scoped_session[Session] = scoped_session(sessionmaker(class_=_AuthSession, expire_on_commit=False))
"""One in each thread; closed at the end of each request."""
