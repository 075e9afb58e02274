"""What every room stands on: it knows nothing above it."""
