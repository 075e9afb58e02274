"""The service makes no call that a user of one namespace may not make, as in Temporal Cloud."""

import re

import pytest

from scripts.dev.environment import CHECKOUT

_OF_OPERATORS = re.compile(
    r"\b(operator_service|cloud_service|operatorservice|cloudservice|register_namespace|"
    r"update_namespace|delete_namespace|list_namespaces|add_search_attributes)\b"
)


@pytest.mark.parametrize("folder", ["activities", "web", "workflows"])
def test_nothing_is_asked_of_operators_services(folder: str) -> None:
    files = sorted((CHECKOUT / folder).rglob("*.py"))
    assert files
    found = {str(path): _OF_OPERATORS.findall(path.read_text()) for path in files}
    assert {path: calls for path, calls in found.items() if calls} == {}


def test_such_a_call_is_found() -> None:
    assert _OF_OPERATORS.search("await client.operator_service.add_search_attributes(request)")
