"""Follow-ups, tasks and notifications."""
