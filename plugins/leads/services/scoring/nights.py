"""What scoring does by itself at night: points fade, and once a week there may be something new to learn."""

from datetime import timedelta

from core.sdk import job, nightly, now
from plugins.leads.services.scoring.lessons import learn, newest_model
from plugins.leads.services.scoring.rescoring import rescore
from plugins.leads.services.scoring.standing import rules_now

WEEK = timedelta(days=6, hours=12)


@nightly
@job("slow")
def score_by_night() -> None:
    """What leads did is worth less by the day, and what conditions ask of dates is true of others."""
    if rules_now().rules:
        rescore()


@nightly
@job("slow")
def learn_by_week() -> None:
    newest = newest_model()
    if newest is None or newest.at < now() - WEEK:
        learn()
