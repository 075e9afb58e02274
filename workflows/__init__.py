"""The order of the work: deterministic workflows, and their contracts with the rest."""
