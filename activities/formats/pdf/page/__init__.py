"""Pages: where blocks, tables and cards go."""
