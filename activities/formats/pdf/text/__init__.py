"""Text: fonts, shaping, order, lines and formulas; it knows no page."""
