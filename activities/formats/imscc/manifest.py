"""The manifest of a cartridge (Common Cartridge 1.1): its modules, and what files there are."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from activities.documents.labels import UNKNOWN_LANGUAGE
from activities.formats.imscc.fragment import MEDIA, WEB_RESOURCES, Module
from activities.formats.shared.stable_keys import ID_DIGITS, file_key
from activities.formats.shared.xml_escaping import xml_attribute, xml_text

BANK_PATH: Final = "question_bank.xml"
_QTI: Final = "imsqti_xmlv1p2/imscc_xmlv1p1"
_CP: Final = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
_LOM: Final = "http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest"
_SCHEMAS: Final = "http://www.imsglobal.org/profile/cc/ccv1p1"


class _Resource(msgspec.Struct, frozen=True, gc=False):
    """A page or a quiz, without its text."""

    id: str
    title: str
    path: str
    is_quiz: bool
    pictures: tuple[str, ...]


class _Folder(msgspec.Struct, frozen=True, gc=False):
    """A module, without its texts."""

    id: str
    title: str
    resources: tuple[_Resource, ...]


class Contents:
    """What a cartridge holds, as it is known once all modules were met.

    Attributes:
        pages_of_items: the id of the page that links to an item lead to, by the id of the element
            of its title.
        first_title: the title of the first item.
        first_language: its language.
    """

    def __init__(self) -> None:
        self.pages_of_items: dict[str, str] = {}
        self.first_title, self.first_language = "", UNKNOWN_LANGUAGE
        self._folders: list[_Folder] = []
        self._item_ids: list[str] = []
        self._pictures: dict[str, None] = {}
        self._pictures_of_bank: dict[str, None] = {}

    def add(self, module: Module) -> list[tuple[str, bytes]]:
        """Add a module; the pictures, by their names, that no module before has."""
        if not self._folders:
            self.first_title, self.first_language = module.title, module.language
        self._item_ids.append(module.item_id)
        resources = tuple(
            _Resource(entry.id, entry.title, entry.path, entry.is_quiz, entry.pictures)
            for entry in module.entries
        )
        self._folders.append(_Folder(module.id, module.title, resources))
        for resource in resources:
            if not resource.is_quiz:
                self.pages_of_items.setdefault(module.place, resource.id)
        self._pictures_of_bank.update(dict.fromkeys(module.questions_pictures))
        new = [each for each in module.pictures.items() if each[0] not in self._pictures]
        self._pictures.update(dict.fromkeys(module.pictures))
        return new

    def key(self, namespace: str) -> str:
        """What ids of the cartridge as a whole end with."""
        return file_key(namespace, self._item_ids)[:ID_DIGITS]

    def manifest(self, title: str, language: str, namespace: str, *, has_bank: bool) -> str:
        """`imsmanifest.xml`.

        Args:
            title: of the course.
            language: of what stands around the items.
            namespace: tells courses of this service from those of another.
            has_bank: whether there are questions in the bank.
        """
        key = self.key(namespace)
        spoken = f' language="{language}"' if language != UNKNOWN_LANGUAGE else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<manifest identifier="c_{key}" xmlns="{_CP}" xmlns:lomimscc="{_LOM}"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            f' xsi:schemaLocation="{_CP} {_SCHEMAS}/ccv1p1_imscp_v1p2_v1p0.xsd'
            f' {_LOM} {_SCHEMAS}/LOM/ccv1p1_lommanifest_v1p0.xsd">\n'
            "<metadata><schema>IMS Common Cartridge</schema>"
            "<schemaversion>1.1.0</schemaversion>"
            f"<lomimscc:lom><lomimscc:general><lomimscc:title><lomimscc:string{spoken}>"
            f"{xml_text(title)}</lomimscc:string></lomimscc:title></lomimscc:general>"
            "</lomimscc:lom></metadata>\n"
            f'<organizations><organization identifier="o_{key}" structure="rooted-hierarchy">\n'
            f'<item identifier="root_{key}">\n{"".join(map(_folder, self._folders))}</item>\n'
            "</organization></organizations>\n"
            f"<resources>\n{''.join(self._resources(key, has_bank=has_bank))}</resources>\n"
            "</manifest>\n"
        )

    def _resources(self, key: str, *, has_bank: bool) -> Iterator[str]:
        for folder in self._folders:
            for each in folder.resources:
                kind = f"{_QTI}/assessment" if each.is_quiz else "webcontent"
                yield _resource(each.id, kind, each.path, each.pictures)
        if has_bank:
            yield _resource(f"b_{key}", f"{_QTI}/question-bank", BANK_PATH, self._pictures_of_bank)
        for name in self._pictures:
            yield _resource(_picture_id(name), "webcontent", f"{WEB_RESOURCES}{MEDIA}{name}", ())


def _folder(folder: _Folder) -> str:
    shown = "".join(
        f'<item identifier="i_{each.id}" identifierref="{each.id}">'
        f"<title>{xml_text(each.title)}</title></item>\n"
        for each in folder.resources
    )
    return (
        f'<item identifier="{folder.id}"><title>{xml_text(folder.title)}</title>\n{shown}</item>\n'
    )


def _resource(resource_id: str, kind: str, path: str, pictures: Iterable[str]) -> str:
    address = xml_attribute(path)
    # What is in QTI has no address of its own.
    href = f' href="{address}"' if kind == "webcontent" else ""
    needed = "".join(f'<dependency identifierref="{_picture_id(name)}"/>' for name in pictures)
    return (
        f'<resource identifier="{resource_id}" type="{kind}"{href}><file href="{address}"/>'
        f"{needed}</resource>\n"
    )


def _picture_id(name: str) -> str:
    return f"p_{name.partition('.')[0]}"
