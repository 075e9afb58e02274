"""A strict reader of QTI packages: it refuses what the schemas of QTI pass and receivers do not,
and what the schemas refuse of the XHTML in questions.
"""

import io
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from zipfile import ZipFile

from lxml import etree

_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")
_MATHS: Final = "{http://www.w3.org/1998/Math/MathML}"
_RESOURCE: Final = re.compile(r"imsqti_(item|test)_xmlv(2p1|3p0)")
_NAMESPACES: Final = {
    "2p1": "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "3p0": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}
_XHTML: Final = frozenset(
    {"div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "pre"}
    | {"blockquote", "table", "caption", "thead", "tbody", "tr", "th", "td", "hr", "br", "img"}
    | {"a", "em", "strong", "code", "kbd", "sub", "sup", "span"}
)
_ATTRIBUTES: Final = frozenset(
    {"class", "src", "alt", "width", "height", "href", "scope", "align", "dir"}
    | {"{http://www.w3.org/XML/1998/namespace}lang"}
)
_LINK: Final = re.compile(r"(?:https?|mailto):", re.IGNORECASE)


class Question(NamedTuple):
    """A question as its platform would have it."""

    id: str
    title: str
    asked: str
    """All of its text."""
    answer: str | None
    root: Any


class Package(NamedTuple):
    """A test and its questions, in order."""

    title: str
    sections: tuple[tuple[str, str], ...]
    """The title of each section that has questions, and that of the one around it."""
    questions: tuple[Question, ...]


class RefusedError(ValueError):
    """A receiver would not take the package, or not all of it."""


def read(data: bytes) -> Package:
    """The test in a package.

    Raises:
        RefusedError: the package has a fault.
    """
    with ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        _require(len(set(names)) == len(names), "a file is there twice")
        for name in names:
            _require(not re.search(r"^/|\.\.|\\", name), f"a file is named {name}")
        files = {name: archive.read(name) for name in names}
    _require("imsmanifest.xml" in files, "there is no manifest")
    return _Reader(files).package()


class _Reader:
    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files
        self._manifest = _xml(files["imsmanifest.xml"])
        self._resources: dict[str, Any] = {}
        self._version = ""

    def package(self) -> Package:
        listed = {"imsmanifest.xml"}
        for resource in self._manifest.findall(".//{*}resource"):
            listed |= self._add(resource)
        _require(listed == set(self._files), "the manifest lists other files than there are")
        tests = [each for each in self._resources.values() if self._kind(each) == "test"]
        _require(len(tests) == 1, "there is not one test")
        items = self._resources.keys() - {tests[0].get("identifier")}
        depended = [each.get("identifierref") for each in tests[0].findall("{*}dependency")]
        _require(set(depended) == items, "the test depends on other questions than there are")
        test = _xml(self._files[tests[0].get("href")])
        self._check_names(test)
        sections, references = [], []
        for section in test.iter(self._name("assessmentSection")):
            found = section.findall(self._name("assessmentItemRef"))
            references += found
            if found:
                sections.append((str(section.get("title")), str(section.getparent().get("title"))))
        _require(test.find(f".//{self._name('assessmentSection')}") is not None, "no section")
        _require(
            [each.get("identifier") for each in references] == depended, "other questions are asked"
        )
        return Package(
            str(test.get("title")), tuple(sections), tuple(map(self._question, references))
        )

    def _add(self, resource: Any) -> set[str]:
        name = str(resource.get("identifier"))
        _require(_ID.fullmatch(name), f"{name} is no identifier")
        _require(name not in self._resources, "an identifier is there twice")
        found = _RESOURCE.fullmatch(str(resource.get("type")))
        _require(found, "a resource is of no type of QTI")
        if found:
            _require(self._version in {"", found[2]}, "there are two versions of QTI")
            self._version = found[2]
        self._resources[name] = resource
        files = {str(file.get("href")) for file in resource.findall("{*}file")}
        _require(resource.get("href") in files, "a resource does not list its own file")
        return files

    def _question(self, reference: Any) -> Question:
        resource = self._resources[reference.get("identifier")]
        _require(reference.get("href") == resource.get("href"), "a question has two files")
        root = _xml(self._files[reference.get("href")])
        self._check_names(root)
        _require(root.get("identifier") == reference.get("identifier"), "a question has two names")
        _require(root.get("title"), "a question has no title")
        for unwanted in ("responseProcessing", "correctResponse"):
            _require(root.find(f".//{self._name(unwanted)}") is None, f"a question has {unwanted}")
        [body] = root.findall(self._name("itemBody"))
        interactions = body.findall(f".//{self._name('extendedTextInteraction')}")
        _require(len(interactions) == 1, "a question has not one interaction")
        declared = {
            each.get("identifier") for each in root if "declaration" in str(each.tag).lower()
        }
        used = {interactions[0].get(self._cased("responseIdentifier"))}
        rubrics = body.findall(self._name("rubricBlock"))
        _require(all(each.get("view") == "scorer" for each in rubrics), "learners see a rubric")
        feedback = root.findall(self._name("modalFeedback"))
        used |= {each.get(self._cased("outcomeIdentifier")) for each in feedback}
        _require(used <= declared, "something is not declared")
        pictures = {str(file.get("href")) for file in resource.findall("{*}file")}
        shown = set(_check_xhtml(root, self._version))
        _require(shown | {resource.get("href")} == pictures, "other pictures are shown than listed")
        answers = ["".join(each.itertext()) for each in (*rubrics, *feedback)]
        for each in rubrics:
            body.remove(each)
        return Question(
            str(root.get("identifier")),
            str(root.get("title")),
            "".join(body.itertext()),
            answers[0] if answers else None,
            _xml(self._files[reference.get("href")]),
        )

    def _check_names(self, root: Any) -> None:
        namespace = f"{{{_NAMESPACES[self._version]}}}"
        for element in root.iter():
            tag = str(element.tag)
            _require(tag.startswith((namespace, _MATHS)), f"{tag} is of another namespace")
        ids = [each.get("identifier") for each in root.iter() if each.get("identifier")]
        _require(all(_ID.fullmatch(name) for name in ids), "an identifier is none")
        _require(len(set(ids)) == len(ids), "an identifier is there twice")

    def _kind(self, resource: Any) -> str:
        return str(resource.get("type")).split("_")[1]

    def _name(self, name: str) -> str:
        """A name of 2.1 as this version has it."""
        hyphenated = f"qti-{self._cased(name)}" if self._version == "3p0" else name
        return f"{{{_NAMESPACES[self._version]}}}{hyphenated}"

    def _cased(self, name: str) -> str:
        if self._version == "2p1":
            return name
        return re.sub("[A-Z]", lambda found: f"-{found[0].lower()}", name)


def _check_xhtml(root: Any, version: str) -> Iterator[str]:
    """The addresses of pictures in XHTML that holds nothing but what QTI takes."""
    own = f"{{{_NAMESPACES[version]}}}"
    for element in root.iter():
        tag = str(element.tag).removeprefix(own)
        if tag.startswith(("qti-", _MATHS)) or re.search("[A-Z]", tag):
            continue
        _require(tag in _XHTML, f"{tag} is no element of QTI")
        unknown = set(map(str, element.attrib)) - _ATTRIBUTES
        _require(not unknown, f"{tag} has {unknown}")
        _require(version != "2p1" or element.get("dir") is None, "QTI 2.1 has no directions")
        if tag == "a":
            _require(_LINK.match(element.get("href", "")), "a link leads elsewhere")
        if tag == "tr":
            parent = str(element.getparent().tag).removeprefix(own)
            _require(parent in {"thead", "tbody"}, "a row is in no body")
        if tag == "table":
            _require(element.find(f"{own}tbody") is not None, "a table has no body")
        if tag == "blockquote":
            texts = [element.text, *(each.tail for each in element)]
            _require(not any(text and text.strip() for text in texts), "a quotation has bare text")
        if tag == "img":
            _require(element.get("alt") is not None, "a picture has no description")
            yield str(element.get("src"))


def _xml(data: bytes) -> Any:
    try:
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise RefusedError(f"no XML: {error}") from None


def _require(condition: object, fault: str) -> None:
    if not condition:
        raise RefusedError(fault)
