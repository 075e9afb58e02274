"""What happens, in which order: deterministic, and nothing else."""
