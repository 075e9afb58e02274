"""The terms that all rooms share: content, options, formats, jobs, problems."""
