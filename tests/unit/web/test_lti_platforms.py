"""The file of LTI platforms: what cannot be used is said before anybody comes."""

from pathlib import Path

import pytest

from activities.settings import SettingsError
from web.auth.lti_platforms import read_platforms

SCHOOL = {
    "name": '"school"',
    "issuer": '"https://school.example"',
    "client_id": '"client-7"',
    "auth_url": '"https://school.example/auth"',
    "jwks_url": '"https://school.example/keys"',
    "deployments": '["1"]',
}


def written(directory: Path, *platforms: dict[str, str | None]) -> str:
    file = directory / "platforms.toml"
    text = ""
    for changes in platforms:
        members = {name: value for name, value in (SCHOOL | changes).items() if value is not None}
        text += "[[platform]]\n" + "".join(f"{name} = {value}\n" for name, value in members.items())
    file.write_text(text)
    return str(file)


def test_no_file_is_no_platform() -> None:
    assert read_platforms("") == ()


def test_owners_begin_with_the_platforms_name_unless_it_says_otherwise(tmp_path: Path) -> None:
    own: dict[str, str | None] = {"name": '"college"', "client_id": '"c"'}
    own |= {"owner_prefix": '""', "deployments": '["*"]'}
    school, college = read_platforms(written(tmp_path, {}, own))
    assert (school.prefix, college.prefix) == ("school:", "")
    assert (school.deploys("1"), school.deploys("2"), college.deploys("2")) == (True, False, True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": '"a school"'}, "the name has"),
        ({"issuer": '""'}, "not empty"),
        ({"client_id": None}, "client_id"),
        ({"deployments": "[]"}, "deployments"),
        ({"auth_url": '"http://school.example/auth"'}, "auth_url is no https"),
        ({"jwks_url": '"http://school.example/keys"'}, "jwks_url is no https"),
        ({"jwks_url": '"school"'}, "jwks_url is no https"),
        ({"owner_claim": '"a.b"'}, "owner_claim"),
        ({"owner_prefix": '" x"'}, "owner_prefix"),
        ({"secret": '"x"'}, "secret"),
        ({"name": '"a'}, "platforms.toml"),
    ],
)
def test_a_platform_that_cannot_be_used_is_named_with_its_file(
    tmp_path: Path, changes: dict[str, str | None], reason: str
) -> None:
    with pytest.raises(SettingsError, match=f"^EXPORT_LTI_PLATFORMS: .*{reason}"):
        read_platforms(written(tmp_path, changes))


def test_two_platforms_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="same name"):
        read_platforms(written(tmp_path, {}, {"client_id": '"c"'}))
    with pytest.raises(SettingsError, match="same issuer and client_id"):
        read_platforms(written(tmp_path, {}, {"name": '"other"'}))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: No such file"):
        read_platforms(str(tmp_path / "none.toml"))
