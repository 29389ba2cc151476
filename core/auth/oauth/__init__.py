"""OAuth 2.1 for apps of third parties: registered by a workspace, approved by another, allowed by each member."""
