"""SCORM 1.2: one activity for learning management systems, which tells who has read it."""
