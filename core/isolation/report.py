"""What `guanxi doctor --isolation` prints: the same as a workspace's page, for the whole installation."""

from collections.abc import Iterator

from sqlalchemy import func, literal, select

from core import current, db
from core.auth.models import User
from core.auth.sessions.models import SignInSession
from core.auth.sessions.present import is_open
from core.isolation.canaries import ADDRESS
from core.isolation.facts import Facts, facts
from core.isolation.models import IsolationRun
from core.isolation.telling import verdict
from core.settings import settings

Line = tuple[str, str, str, str]
"""State (ok, warn, fail), name, what was found, what to do."""


def isolation_report() -> list[Line]:
    return [*_database(facts()), *_probe(), *_people()]


def _database(found: Facts) -> Iterator[Line]:
    for problem in found.problems:
        yield "fail", "tenants apart", problem, "guanxi migrate"
    state, cure = ("ok", "") if found.fenced == found.tables else ("fail", "guanxi migrate")
    yield state, "tables of tenants", f"{found.fenced} of {found.tables} fenced, by {found.policies} policies", cure
    yield "ok", "keys", f"{found.keys} begin with the tenant", ""
    yield "ok", "other tables", f"{found.shared} belong to no tenant, with policies of their own", ""
    remedy = f"alter role {found.role} nosuperuser nobypassrls nocreaterole nocreatedb"
    yield ("ok", "database user", f"{found.role} is bound by the fence and owns nothing", "") if found.is_plain else (
        "fail", "database user", f"{found.role} could get around the fence", remedy)  # fmt: skip
    yield ("ok", "log of events", f"{found.role} cannot alter it", "") if found.keeps_log else (
        "fail", "log of events", f"{found.role} can alter it", "guanxi migrate")  # fmt: skip


def _probe() -> Iterator[Line]:
    said = verdict()
    run = said.run
    if run is None:
        yield "warn", "nightly probe", "has not run yet", "Try now: guanxi doctor --probe"
        return
    yield (said.state, "nightly probe", f"{run.at:%Y-%m-%d %H:%M} UTC, {run.seconds:.0f} s: {run.tried} attempts, "
           f"{len(run.got_through)} got through, {run.left_out} left out", _remedy(said.state, run))  # fmt: skip
    for kind, times, through in said.kinds:
        yield "fail" if through else "ok", "  tried", f"{times:>5} {kind}", ""
    for each in run.got_through:
        yield "fail", "  got through", f"{each['where']}: {each['what']}", ""


def _remedy(state: str, run: IsolationRun) -> str:
    if state == "fail":
        return "Treat it as a leak: close the hole, then guanxi doctor --probe"
    return "" if state == "ok" else "Try again: guanxi doctor --probe"


def _people() -> Iterator[Line]:
    open_ones = select(func.count()).select_from(SignInSession).join(User, User.id == SignInSession.user_id)
    people = select(func.count(), func.count(User.factors_at)).where(User.active, ~User.email.endswith(ADDRESS))
    with db.role_session("auth") as session:
        sessions = session.scalar(open_ones.where(is_open(now=literal(current.now())))) or 0
        users, with_factor = session.execute(people).one()
    former = len(settings().secret_key_fallbacks)
    yield "ok", "open sessions", str(sessions), ""
    yield "ok", "second factor", f"{with_factor} of {users} people have one", ""
    yield "ok", "key of sealed values", f"{former} former keys still open old values", ""
