"""What a render worker asks of the process that forks its children, apart from what that imports:
all renderers.
"""

import struct
from enum import IntEnum

REQUEST = struct.Struct("<BQ")
"""What the worker asks for, and the process id of the child that it is about."""
REPLY = struct.Struct("<QiQ")
"""A child's process id; of one that has ended, its wait status and the most bytes it had."""


class Order(IntEnum):
    """What the worker may ask for."""

    FORK = 0
    """A child. With the order come the descriptors of its connection and its progress board."""
    STOP = 1
    """A signal after which the renderer's next check raises."""
    DEMOTE = 2
    """Less processor time for a child than for what others wait for."""
    KILL = 3
    """The end of a child at once."""
    END = 4
    """Its end, too, and what it died of; afterwards its process id may be another's."""
