"""Export files: keys, atomic publish, signed links."""
