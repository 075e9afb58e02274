"""JSON lines: one item a line."""
