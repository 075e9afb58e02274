"""Tracebacks for logs, without the messages of exceptions."""


def trace(error: BaseException) -> str:
    """Where an exception came from, in one line and without its message.

    Messages are left out because those of databases and parsers can quote the data.
    """
    frames = []
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        frames.append(f"{code.co_name}:{step.tb_lineno}")
        step = step.tb_next
    return f"{type(error).__module__}.{type(error).__qualname__} at {' > '.join(frames[-6:])}"
