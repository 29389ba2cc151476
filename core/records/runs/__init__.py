"""Work on many records at once: bulk changes, exports, sheets that come back, and taking such work back."""
