"""Blocks that stay source, because the item has more than an item may have."""

from markdown_it.rules_block import StateBlock

from activities.documents.budget import Budget


def push_source(state: StateBlock, first: int, end: int, budget: Budget) -> bool:
    """Let lines be a block of code, and note that they had to be."""
    token = state.push("code_block", "code", 0)
    token.content = state.getLines(first, end, state.blkIndent, True)
    state.line = end
    budget.refusals += 1
    return True
