"""What stands for a formula where it is not seen: words to be read aloud, and MathML."""

from activities.documents.formulas.mathml import mathml_of
from activities.documents.formulas.spoken import spoken_formula
from activities.documents.labels import UNKNOWN_LANGUAGE
from activities.formats.pdf.file.objects import ObjectWriter
from activities.formats.pdf.file.structure import text_entry


class FormulaAlternatives:
    """The alternatives of the formulas of one document."""

    def __init__(self, objects: ObjectWriter, *, with_words: bool, with_files: bool) -> None:
        """Give words only `with_words`, and attach MathML as files only `with_files`."""
        self.language = UNKNOWN_LANGUAGE
        """In which the words are, a BCP 47 tag."""
        self._objects = objects
        self._with_words = with_words
        self._with_files = with_files
        self._attached: dict[str, str] = {}

    def attributes(self, tex: str) -> str:
        """The entries of a formula's element that hold them."""
        said = text_entry("Alt", spoken_formula(tex, self.language)) if self._with_words else ""
        return f"{said}{self._attachment(tex)}" if self._with_files else said

    def _attachment(self, tex: str) -> str:
        """The entry for a file with the formula's MathML (ISO 32000-2, 14.13), written once."""
        known = self._attached.get(tex)
        if known is None:
            mathml = mathml_of(tex)
            known = self._attached[tex] = self._attach(mathml) if mathml else ""
        return known

    def _attach(self, mathml: str) -> str:
        data = mathml.encode()
        file = self._objects.write_stream(
            data, f"/Type/EmbeddedFile/Subtype/application#2Fmathml+xml/Params<</Size {len(data)}>>"
        )
        number = self._objects.lasting_number()
        self._objects.write_object(
            number,
            "<</Type/Filespec/AFRelationship/Supplement/F(formula.mml)/UF(formula.mml)"
            f"/EF<</F {file} 0 R/UF {file} 0 R>>>>",
        )
        return f"/AF[{number} 0 R]"
