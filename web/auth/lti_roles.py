"""Scopes by the roles that a platform says a person has (LTI 1.3 core, A.2)."""

import re
from collections.abc import Iterable

from web.auth.tokens import READ, WRITE

_TEACHING = frozenset({"Instructor", "ContentDeveloper", "Administrator", "TeachingAssistant"})
# In the course: `membership#Instructor`, `membership/Instructor#TeachingAssistant`, or the short
# form of a role in a course alone.
_IN_COURSE = re.compile(
    r"(?:http://purl\.imsglobal\.org/vocab/lis/v2/membership(?:/(?P<of>\w+))?#)?(?P<role>\w+)",
    re.ASCII,
)
_BEYOND = re.compile(
    r"http://purl\.imsglobal\.org/vocab/lis/v2/(?:(?:institution|system)/)?person#(?P<role>\w+)",
    re.ASCII,
)


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """What somebody of these roles may do: those who teach may export, all may read.

    The roles in the course decide. Those in the institution count where there is no course, and
    administrators' everywhere. Nobody operates the service by LTI.
    """
    in_course = [found for role in roles if (found := _IN_COURSE.fullmatch(role))]
    beyond = {found["role"] for role in roles if (found := _BEYOND.fullmatch(role))}
    if in_course:
        teaches = any(found["role"] in _TEACHING or found["of"] in _TEACHING for found in in_course)
        teaches = teaches or bool(beyond & {"Administrator", "SysAdmin"})
    else:
        teaches = bool(beyond & (_TEACHING | {"SysAdmin"}))
    return frozenset({READ, WRITE}) if teaches else frozenset({READ})
