"""PDF: tagged A4 pages for printing and for screen readers, laid out on a reportlab canvas."""
