"""The names of the versions of QTI: those of 3.0 follow from those of 2.1 by a rule."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from activities.formats.shared.xhtml.profiles import QTI, QTI_3, Profile
from activities.formats.shared.xml_escaping import xml_attribute

_CAPITAL: Final = re.compile(r"(?<=[a-z])[A-Z]")
XML_START: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


class Vocabulary(msgspec.Struct, frozen=True):
    """How a version of QTI names what all versions have."""

    profile: Profile
    namespace: str
    package_namespace: str
    package_schemas: str
    """Where the schemas of a manifest are, by their namespaces; what reads packages looks there for
    the version.
    """
    schema: str
    schema_version: str
    resource_type: str
    """Holds the place of `item` or `test`."""
    of_scores: Mapping[str, str] = MappingProxyType({})
    """Attributes of a score that people give."""
    of_rubrics: Mapping[str, str] = MappingProxyType({"view": "scorer"})
    """Attributes of what only scorers see."""
    is_hyphenated: bool = False
    """Whether names are those of custom elements of HTML."""

    def element(
        self, name: str, content: str = "", attributes: Mapping[str, str] | None = None
    ) -> str:
        """An element of QTI.

        Args:
            name: as 2.1 has it.
            content: XML.
            attributes: named as in 2.1, their values as text.
        """
        name = f"qti-{self._cased(name)}" if self.is_hyphenated else name
        given = "".join(
            f' {self._cased(key)}="{xml_attribute(value)}"'
            for key, value in (attributes or {}).items()
        )
        return f"<{name}{given}>{content}</{name}>" if content else f"<{name}{given}/>"

    def text(self, name: str, xhtml: str, attributes: Mapping[str, str]) -> str:
        """An element with some XHTML apart from the item's body."""
        if self.is_hyphenated:
            xhtml = self.element("contentBody", xhtml)
        return self.element(name, xhtml, attributes)

    def _cased(self, name: str) -> str:
        if not self.is_hyphenated:
            return name
        return _CAPITAL.sub(lambda found: f"-{found[0].lower()}", name)


VERSIONS: Final = MappingProxyType(
    {
        "2.1": Vocabulary(
            profile=QTI,
            namespace="http://www.imsglobal.org/xsd/imsqti_v2p1",
            package_namespace="http://www.imsglobal.org/xsd/imscp_v1p1",
            package_schemas="http://www.imsglobal.org/xsd/imscp_v1p1"
            " http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd",
            schema="QTIv2.1 Package",
            schema_version="1.0.0",
            resource_type="imsqti_{}_xmlv2p1",
        ),
        "3.0": Vocabulary(
            profile=QTI_3,
            namespace="http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
            package_namespace="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
            package_schemas="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
            " https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqtiv3p0_imscpv1p2_v1p0.xsd",
            schema="QTI Package",
            schema_version="3.0.0",
            resource_type="imsqti_{}_xmlv3p0",
            of_scores=MappingProxyType({"externalScored": "human"}),
            of_rubrics=MappingProxyType({"view": "scorer", "use": "scoring"}),
            is_hyphenated=True,
        ),
    }
)
