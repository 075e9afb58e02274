import tomllib

from packaging.requirements import Requirement

from scripts.environment import CHECKOUT


def test_every_dependency_is_locked_in_a_version_that_it_allows() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    lines = (CHECKOUT / "requirements.lock").read_text().splitlines()
    locked = dict(line.split(";")[0].split()[0].split("==") for line in lines if "==" in line)

    for requirement in map(Requirement, wanted):
        assert requirement.name in locked, requirement.name
        assert requirement.specifier.contains(locked[requirement.name]), requirement.name
