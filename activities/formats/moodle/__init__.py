"""Question banks for Moodle, as Moodle XML or GIFT."""
