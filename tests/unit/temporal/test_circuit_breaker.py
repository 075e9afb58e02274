"""Who is asked while a server does not respond."""

import asyncio

import pytest

from activities.temporal import circuit_breaker
from activities.temporal.circuit_breaker import CircuitBreaker, CircuitOpenError
from activities.temporal.client import TemporalUnavailableError

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit_breaker, "_OPEN_SECONDS", 0.0)


async def away() -> None:
    raise TemporalUnavailableError("away")


async def refuse() -> None:
    raise ValueError("no")


async def there() -> int:
    return 1


@pytest.fixture
async def breaker() -> CircuitBreaker:
    """One whose server has not responded to a call, a moment ago."""
    breaker = CircuitBreaker()
    with pytest.raises(TemporalUnavailableError):
        await breaker.call(away)
    return breaker


async def test_one_at_a_time_tries_whether_the_server_is_back(breaker: CircuitBreaker) -> None:
    answer = asyncio.Event()
    trial = asyncio.create_task(breaker.call(answer.wait))
    await asyncio.sleep(0)
    assert breaker.is_open
    with pytest.raises(CircuitOpenError):
        await breaker.call(there)
    answer.set()
    assert await trial
    assert [await breaker.call(there) for _ in range(2)] == [1, 1]


async def test_refusal_is_a_response(breaker: CircuitBreaker) -> None:
    with pytest.raises(ValueError, match="no"):
        await breaker.call(refuse)
    assert [*await asyncio.gather(breaker.call(there), breaker.call(there))] == [1, 1]


async def test_trial_that_was_given_up_leaves_the_next_to_others(breaker: CircuitBreaker) -> None:
    trial = asyncio.create_task(breaker.call(asyncio.Event().wait))
    await asyncio.sleep(0)
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    assert await breaker.call(there) == 1
