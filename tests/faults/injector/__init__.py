"""The parts of the chaos run: the load, the faults, and what became of the jobs."""
