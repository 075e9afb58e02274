"""How often the form for a new export lets it be repeated."""

CRON_DAYS = {"daily": "* * *", "weekdays": "* * mon-fri", "weekly": "* * mon", "monthly": "1 * *"}
"""The days of each, as the last three fields of a cron expression."""
REPEATS = {
    "daily": "Every day",
    "weekdays": "Monday to Friday",
    "weekly": "Every Monday",
    "monthly": "On the first of each month",
}
"""How often the form lets an export be repeated."""
