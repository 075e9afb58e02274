"""Blocks of code that are diagrams, by the language of their fence."""

from types import MappingProxyType

_KINDS = MappingProxyType(
    {
        "mermaid": "Mermaid",
        "plantuml": "PlantUML",
        "puml": "PlantUML",
        "uml": "PlantUML",
        "c4plantuml": "PlantUML",
        "graphviz": "Graphviz",
        "dot": "Graphviz",
        "d2": "D2",
        "pikchr": "Pikchr",
        "nomnoml": "nomnoml",
        "ditaa": "Ditaa",
        "svgbob": "Svgbob",
        "blockdiag": "blockdiag",
        "seqdiag": "seqdiag",
        "actdiag": "actdiag",
        "nwdiag": "nwdiag",
        "wavedrom": "WaveDrom",
        "vega": "Vega",
        "vega-lite": "Vega-Lite",
        "erd": "Erd",
        "dbml": "DBML",
        "bpmn": "BPMN",
        "structurizr": "Structurizr",
        "excalidraw": "Excalidraw",
        "markmap": "Markmap",
        "tikz": "TikZ",
        "geojson": "GeoJSON",
        "topojson": "TopoJSON",
        "abc": "ABC",
    }
)
"""The names of kinds that platforms draw (https://kroki.io, GitHub, GitLab)."""


def diagram_kind(language: str) -> str | None:
    """What a diagram in this language is called, None for any other language.

    Pandoc and Quarto write `{mermaid}` and `{.mermaid}`.
    """
    return _KINDS.get(language.strip("{}.").lower()) if language else None
