"""The service as a client of Temporal: starting exports, the schedule, the state of its queues."""
