"""What the member was told."""

from uuid import UUID

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from core.activities.notifications import (
    count_unread,
    notifications_of_me,
    path_of,
    read_all_notifications,
    read_notification,
)
from core.errors import NotFound
from core.i18n import _
from core.web import render, swap
from core.web.blueprints import any_member, workspace

PAGE = 30

notifications = workspace("notifications", __name__, "notifications", template_folder="../templates")


@notifications.get("/", permission=any_member)
def list_notifications() -> ResponseReturnValue:
    before = request.args.get("before", type=UUID)
    found = notifications_of_me(limit=PAGE + 1, before=before)
    shown, more = found[:PAGE], len(found) > PAGE
    fragment = "activities/_notifications.html" if before else None
    return render("activities/notifications.html", fragment, notifications=shown, more=more, unread=count_unread())


@notifications.get("/count", permission=any_member)
def count() -> ResponseReturnValue:
    return render("activities/_bell.html", unread=count_unread())


@notifications.get("/<uuid:notification_id>", permission=any_member)
def show_notification(notification_id: UUID) -> ResponseReturnValue:
    """Follow a notification to what it is about; that is reading it."""
    found = read_notification(notification_id)
    if found is None:
        raise NotFound(_("There is no such page."))
    return redirect(path_of(found.url), 303)


@notifications.post("/<uuid:notification_id>/reading", permission=any_member)
def create_reading(notification_id: UUID) -> ResponseReturnValue:
    found = read_notification(notification_id)
    if found is None:
        raise NotFound(_("There is no such page."))
    return _rung(swap("activities/_notification.html", otherwise=url_for(".list_notifications"), notification=found))


@notifications.post("/readings", permission=any_member)
def create_readings() -> ResponseReturnValue:
    """Mark all as read."""
    read_all_notifications()
    answer = swap(
        "activities/_inbox.html",
        otherwise=url_for(".list_notifications"),
        notifications=notifications_of_me(limit=PAGE),
        more=False,
        unread=0,
    )
    return _rung(answer)


def _rung(answer: ResponseReturnValue) -> ResponseReturnValue:
    """The answer, with word to the page that the bell's count has changed."""
    return make_response(answer, {"HX-Trigger": "bell"})
