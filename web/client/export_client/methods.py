"""Calls as methods: what builds a call says its parameters and result, once for both clients."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Generic, ParamSpec, Protocol, TypeVar

from export_client.calls import Call

P = ParamSpec("P")
T = TypeVar("T")


class Sender(Protocol):
    """Sends calls and waits for their responses."""

    def send(self, call: Call[T]) -> T:
        """Send a call and return what the API responds."""


class AsyncSender(Protocol):
    """The same as `Sender`, for asyncio."""

    async def send(self, call: Call[T]) -> T:
        """Send a call and return what the API responds."""


class Method(Generic[P, T]):
    """A method of a client that sends the call which a function builds of its arguments."""

    def __init__(self, build: Callable[P, Call[T]]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    def __get__(self, client: Sender, owner: type) -> Callable[P, T]:
        build = self.build

        @wraps(build)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            return client.send(build(*args, **kwargs))

        return call


class AsyncMethod(Generic[P, T]):
    """The same as `Method`, for asyncio."""

    def __init__(self, build: Callable[P, Call[T]]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    def __get__(self, client: AsyncSender, owner: type) -> Callable[P, Awaitable[T]]:
        build = self.build

        @wraps(build)
        async def call(*args: P.args, **kwargs: P.kwargs) -> T:
            return await client.send(build(*args, **kwargs))

        return call
