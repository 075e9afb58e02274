"""What the `Dockerfile` says, for those who carry it out without a container engine."""

import re
from dataclasses import dataclass

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Stage:
    """The steps after one `FROM`."""

    base: str
    """The image or stage that it begins with."""
    name: str
    """Empty for the last one."""
    steps: tuple[tuple[str, str], ...]
    """Verb and arguments of each."""

    def arguments(self, wanted: str) -> list[str]:
        """The arguments of all steps with a verb."""
        return [arguments for verb, arguments in self.steps if verb == wanted]

    def variables(self) -> dict[str, str]:
        """The variables that it sets."""
        variables = {"PATH": _PATH}
        for name, value in re.findall(r"(\w+)=(\S+)", " ".join(self.arguments("ENV"))):
            variables[name] = value.replace("$PATH", variables["PATH"])
        return variables

    def packages(self) -> list[str]:
        """The packages of Debian that it installs."""
        texts = (re.search(r"apt-get install (.+?)( &&|$)", text) for text in self.arguments("RUN"))
        words = [word for found in texts if found for word in found[1].split()]
        return [word for word in words if not word.startswith("-")]


def stages(dockerfile: str) -> list[Stage]:
    """The stages of a Dockerfile, in their order."""
    joined = re.sub(r"\\\n\s*", " ", dockerfile)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    found: list[Stage] = []
    for verb, _, arguments in (line.partition(" ") for line in lines):
        if verb == "FROM":
            base, _, name = arguments.partition(" AS ")
            found.append(Stage(base, name, ()))
        else:
            last = found[-1]
            found[-1] = Stage(last.base, last.name, (*last.steps, (verb, arguments)))
    return found
