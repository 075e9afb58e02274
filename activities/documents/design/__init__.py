"""What all files of an export look like, told once for every format."""
