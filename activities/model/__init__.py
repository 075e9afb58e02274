"""What all rooms speak of: content, options, formats, jobs, problems."""
