"""The other ways by which leads come in: webhooks, mailboxes, pasted cards, signals from a website."""
