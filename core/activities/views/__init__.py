"""The pages of activities: tasks and notifications."""
