"""Temporal's part of a trace: starts, workflows and activities; imported where traces are on.

A workflow that no trace began, as a schedule's, has one of its own, whose ids come from the id of
its run: they are the same however often it is replayed.
"""

from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from opentelemetry.trace import TraceFlags, format_span_id, format_trace_id
from temporalio import workflow
from temporalio.contrib.opentelemetry import TracingInterceptor, TracingWorkflowInboundInterceptor
from temporalio.worker import WorkflowInterceptorClassInput

from activities.common.spans import Spans, given_ids


class TraceInterceptor(TracingInterceptor):
    """The SDK's interceptor, with traces for workflows that nobody's trace began."""

    def __init__(self, spans: Spans) -> None:
        super().__init__(spans.provider.get_tracer("temporalio"))

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - the SDK's name
    ) -> type[TracingWorkflowInboundInterceptor]:
        """See `Interceptor.workflow_interceptor_class`."""
        super().workflow_interceptor_class(input)
        return _WorkflowTraces

    def _completed_workflow_span(self, params: Any) -> Any:
        run_id = params.attributes["temporalRunID"]
        begins = params.name.startswith("RunWorkflow:")
        if not begins or params.context.get("traceparent") != _traceparent_of(run_id):
            return super()._completed_workflow_span(params)
        with given_ids(*_ids_of(run_id)):
            return super()._completed_workflow_span(replace(params, context={}))


class _WorkflowTraces(TracingWorkflowInboundInterceptor):
    def _load_workflow_context_carrier(self) -> Any:
        found = super()._load_workflow_context_carrier()
        return found or {"traceparent": _traceparent_of(workflow.info().run_id)}


def _ids_of(run_id: str) -> tuple[int, int]:
    span_id = int.from_bytes(sha256(run_id.encode()).digest()[:8], "big")
    return UUID(run_id).int, span_id


def _traceparent_of(run_id: str) -> str:
    trace_id, span_id = _ids_of(run_id)
    flags = TraceFlags(TraceFlags.SAMPLED)
    return f"00-{format_trace_id(trace_id)}-{format_span_id(span_id)}-{flags:02x}"
