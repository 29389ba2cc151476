"""What leads do, by name, and what each is called."""

from core.sdk import _l

NOTED = {
    "page_viewed": _l("Looked at a page"),
    "form_sent": _l("Sent a form"),
    "file_downloaded": _l("Downloaded something"),
    "mail_opened": _l("Opened a mail"),
    "mail_clicked": _l("Followed a link in a mail"),
    "mail_replied": _l("Answered a mail"),
    "mail_bounced": _l("A mail came back"),
    "chatted": _l("Chatted"),
    "event_attended": _l("Came to an event"),
    "unsubscribed": _l("Wants no more mails"),
}
"""What channels and websites tell."""
KNOWN_ALREADY = {
    "came_again": _l("Got in touch again"),
    "met": _l("Met us"),
    "followed_up": _l("Was followed up"),
}
"""What other tables tell: nobody has to note it."""
SIGNALS = NOTED | KNOWN_ALREADY
