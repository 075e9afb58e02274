"""Temporal's part of a trace: starts, workflows and activities; imported where traces are on.

A workflow that no trace began, as a schedule's, has one of its own, whose ids come from the id of
its run: they are the same however often it is replayed.
"""

from dataclasses import replace
from hashlib import sha256
from typing import Any

from opentelemetry.trace import TraceFlags, format_span_id, format_trace_id
from temporalio import workflow
from temporalio.contrib.opentelemetry import TracingInterceptor, TracingWorkflowInboundInterceptor
from temporalio.worker import WorkflowInterceptorClassInput

from activities.common.spans import Spans, given_ids


class TraceInterceptor(TracingInterceptor):
    """The SDK's interceptor, with traces for workflows that nobody's trace began."""

    def __init__(self, spans: Spans) -> None:
        super().__init__(spans.provider.get_tracer("temporalio"))
        self._spans = spans

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - the SDK's name
    ) -> type[TracingWorkflowInboundInterceptor]:
        """See `Interceptor.workflow_interceptor_class`."""
        super().workflow_interceptor_class(input)
        traceparent_of = self.traceparent_of

        class Traces(TracingWorkflowInboundInterceptor):
            def _load_workflow_context_carrier(self) -> Any:
                found = super()._load_workflow_context_carrier()
                return found or {"traceparent": traceparent_of(workflow.info().run_id)}

        return Traces

    def traceparent_of(self, run_id: str) -> str:
        """The trace context of a run that begins a trace."""
        trace_id, span_id = _ids_of(run_id)
        # What is below follows the flag: it would be recorded without what it is below.
        flags = TraceFlags.SAMPLED if self._spans.samples(trace_id) else TraceFlags.DEFAULT
        return f"00-{format_trace_id(trace_id)}-{format_span_id(span_id)}-{flags:02x}"

    def _completed_workflow_span(self, params: Any) -> Any:
        run_id = params.attributes["temporalRunID"]
        begins = params.name.startswith("RunWorkflow:")
        if not begins or params.context.get("traceparent") != self.traceparent_of(run_id):
            return super()._completed_workflow_span(params)
        with given_ids(*_ids_of(run_id)):
            return super()._completed_workflow_span(replace(params, context={}))


def _ids_of(run_id: str) -> tuple[int, int]:
    """Of a trace and its first span.

    Samplers take the lower half of a trace's id for a random number, which that of a UUID is not.
    """
    digest = sha256(run_id.encode()).digest()
    return int.from_bytes(digest[8:24], "big"), int.from_bytes(digest[:8], "big")
