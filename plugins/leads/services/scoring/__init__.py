"""What a lead is worth: points by rules, and what the workspace's own won and lost leads teach."""
