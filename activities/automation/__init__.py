"""Exports by themselves: webhooks, schedules, deliveries, archives, receipts."""
