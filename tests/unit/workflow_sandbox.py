"""The sandbox of the SDK, which refuses a workflow clocks, chance, files and threads.

The service runs workflows without it; tests run them in it.
"""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

SANDBOX = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules("msgspec")
)
