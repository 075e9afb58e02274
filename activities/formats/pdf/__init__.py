"""PDF: tagged A4 pages for printing and for screen readers, laid out on a reportlab canvas."""

from activities.formats.pdf.renderer import PdfRenderer

RENDERER = PdfRenderer()
