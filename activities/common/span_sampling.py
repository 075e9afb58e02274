"""Which spans may begin a trace."""

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState, get_current_span
from opentelemetry.util.types import Attributes

_BEGIN_TRACES = frozenset({SpanKind.SERVER, SpanKind.CONSUMER})


class NoStrays(Sampler):
    """Asks another sampler, but drops what is no part of a request, a run or an activity.

    Each round of each loop that looks for work would be a trace of one statement. Below what was
    dropped nothing is recorded, whatever the other sampler is: it would be without a beginning.
    """

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """See `Sampler.should_sample`."""
        parent = get_current_span(parent_context).get_span_context()
        dropped = parent.is_valid and not parent.trace_flags.sampled
        if dropped or (not parent.is_valid and kind not in _BEGIN_TRACES):
            return SamplingResult(Decision.DROP)
        return self._sampler.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        """See `Sampler.get_description`."""
        return f"NoStrays({self._sampler.get_description()})"
