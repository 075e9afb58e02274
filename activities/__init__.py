"""Everything that touches the world: content, documents, formats, storage, job records."""
