"""A figure beside an attack, its baseline, and the goal that it has."""

from scripts.benchmarks.report import Row


def goal_row(attack: str, figure: str, alone: float, beside: float, goal: float) -> Row:
    """A line of the table.

    Args:
        attack: the attack's name.
        figure: what was measured, with its unit; the less of it the better.
        alone: the figure without the attack.
        beside: the figure with it.
        goal: what the figure may be beside the attack.
    """
    return {
        "attack": attack,
        "figure": figure,
        "alone": alone,
        "beside": beside,
        "ratio": beside / alone if alone else "",
        "goal": goal,
        "holds": "yes" if beside <= goal else "no",
    }
