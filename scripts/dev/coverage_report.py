"""Reports in a few lines how much of the service the tests ran."""

import io

import coverage


def summary(count: int = 10) -> str:
    """The share of all lines that the last measured run of tests executed, as a small table.

    Args:
        count: the number of modules to name, from the least covered one on.
    """
    measured = coverage.Coverage()
    measured.load()
    table = io.StringIO()
    measured.report(file=table, sort="cover", skip_empty=True)
    header, *lines = table.getvalue().splitlines()
    modules = [line for line in lines if ".py " in line]
    total = next(line for line in lines if line.startswith("TOTAL"))
    title = "== least covered by tests and by the processes that they start"
    return "\n".join([title, header, *modules[:count], total])
