"""What a cartridge has to be for those who import it, beyond what the schemas of its makers say.

Schemas find neither references that lead nowhere, nor questions with the same ident, nor files that
are in the manifest or the package alone; importers pass over what these are about without a word.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

from lxml import etree

from tests.judges.tools import HERE

_FILE_BASE: Final = "$IMS-CC-FILEBASE$/"
_FOLDER: Final = "web_resources/"
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_QUESTIONS: Final = "imsqti_xmlv1p2/imscc_xmlv1p1/"


def faults(cartridge: Path) -> list[str]:
    """What is wrong with a cartridge."""
    with ZipFile(cartridge) as package:
        files = {name: package.read(name) for name in package.namelist()}
        doubled = [name for name, count in Counter(package.namelist()).items() if count > 1]
    found = [f"{name} is there twice" for name in doubled]
    if "imsmanifest.xml" not in files:
        return [*found, "there is no manifest"]
    manifest = etree.fromstring(files.pop("imsmanifest.xml"))
    found += _against(_grammar("cartridge_manifest"), manifest, "imsmanifest.xml")
    found += _of_references(manifest)
    found += _of_files(manifest, files)
    found += _of_questions(manifest, files)
    return found


def _grammar(name: str) -> Any:
    return etree.RelaxNG(etree.parse(HERE / f"{name}.rng"))


def _against(grammar: Any, root: Any, name: str) -> Iterator[str]:
    if not grammar.validate(root):
        yield f"{name}: {grammar.error_log.last_error}"


def _of_references(manifest: Any) -> Iterator[str]:
    ids = [str(each) for each in manifest.xpath("//@identifier")]
    for name, count in Counter(ids).items():
        if count > 1:
            yield f"the identifier {name} is there {count} times"
        if not _NAME.fullmatch(name):
            yield f"the identifier {name} is no name"
    resources = {each.get("identifier"): each for each in manifest.iter("{*}resource")}
    for reference in manifest.xpath("//@identifierref"):
        if reference not in resources:
            yield f"{reference} leads nowhere"
    for shown in manifest.iter("{*}item"):
        reference, children = shown.get("identifierref"), shown.findall("{*}item")
        if reference and children:
            yield f"{shown.get('identifier')} is a folder and shows something"
        if reference in resources and resources[reference].get("type").endswith("question-bank"):
            yield "the bank is among the modules"
    kinds = Counter(each.get("type") for each in resources.values())
    if kinds[f"{_QUESTIONS}question-bank"] > 1:
        yield "there are several banks"


def _of_files(manifest: Any, files: dict[str, bytes]) -> Iterator[str]:
    named = [str(each) for each in manifest.xpath("//*[local-name()='file']/@href")]
    for name in {*named} ^ {*files}:
        yield f"{name} is in the manifest or in the package alone"
    if len(named) != len(set(named)):
        yield "a file belongs to several resources"
    resources = {each.get("identifier"): each for each in manifest.iter("{*}resource")}
    for resource in resources.values():
        name = resource.find("{*}file").get("href")
        if resource.get("href") not in {None, name}:
            yield f"{resource.get('identifier')} has another address than its file"
        needed = [each.get("identifierref") for each in resource.findall("{*}dependency")]
        own = {resources[each].get("href") for each in needed if each in resources}
        shown = set(_pictures(files.get(name, b"").decode("utf-8", "replace")))
        if name.endswith((".html", ".xml")) and own != shown:
            yield f"{name} shows {sorted(shown)} and depends on {sorted(map(str, own))}"


def _pictures(text: str) -> Iterator[str]:
    for source in re.findall(r'(?:<|&lt;)img [^<>]*?src="([^"]*)"', text):
        yield source.replace(_FILE_BASE, _FOLDER)


def _of_questions(manifest: Any, files: dict[str, bytes]) -> Iterator[str]:
    grammar = _grammar("cartridge_questions")
    idents = Counter[str]()
    for resource in manifest.iter("{*}resource"):
        if not resource.get("type").startswith(_QUESTIONS):
            continue
        name = resource.find("{*}file").get("href")
        if name not in files:
            continue
        root = etree.fromstring(files[name])
        yield from _against(grammar, root, name)
        idents.update(str(each.get("ident")) for each in root.iter("{*}item"))
        for text in root.iter("{*}mattext"):
            yield from _of_text(name, text.text or "")
    yield from (f"the ident {each} is there {n} times" for each, n in idents.items() if n > 1)


def _of_text(name: str, text: str) -> Iterator[str]:
    try:
        etree.fromstring(text)
    except etree.XMLSyntaxError as error:
        yield f"{name}: {error}"
