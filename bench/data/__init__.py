"""What the figures are taken on."""
