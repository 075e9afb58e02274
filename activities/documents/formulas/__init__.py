"""Formulas: their delimiters in Markdown, TeX as the reader knows it, and MathML of it."""
