"""How something is called, as text that is the same on every machine and in every process."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, ForwardRef

_WIDE = 100


def signature(value: Callable[..., Any], *, method: bool = False, returns: bool = True) -> str:
    """Parameters with their types and defaults, in one line; ``method`` leaves out the first."""
    build = getattr(value, "model_rebuild", None)
    if build is not None:
        build()  # a pydantic model that is built when it is first used takes anything until then
    found = inspect.signature(value)
    parameters = list(found.parameters.values())[1 if method else 0 :]
    text = f"({', '.join(_with_separators(parameters))})"
    result = found.return_annotation
    return text if not returns or result is inspect.Signature.empty else f"{text} -> {_type(result)}"


def code(line: str) -> str:
    """A signature as a block of Python, over several lines where it is long."""
    if len(line) > _WIDE:
        head, _, rest = line.partition("(")
        inner, _, tail = rest.rpartition(")")
        line = "\n    ".join([f"{head}(", *(f"{one}," for one in _arguments(inner))]) + f"\n){tail}"
    return f"```python\n{line}\n```"


def _with_separators(parameters: list[inspect.Parameter]) -> Iterator[str]:
    """The parameters, with the star that separates those that are given by name only."""
    kinds = [parameter.kind for parameter in parameters]
    starred = inspect.Parameter.VAR_POSITIONAL in kinds
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not starred:
            yield "*"
            starred = True
        yield _parameter(parameter)


def _parameter(parameter: inspect.Parameter) -> str:
    stars = [(inspect.Parameter.VAR_POSITIONAL, "*"), (inspect.Parameter.VAR_KEYWORD, "**")]
    star = next((star for kind, star in stars if kind is parameter.kind), "")
    typed = "" if parameter.annotation is inspect.Parameter.empty else f": {_type(parameter.annotation)}"
    equals = " = " if typed else "="
    default = "" if parameter.default is inspect.Parameter.empty else f"{equals}{_default(parameter.default)}"
    return f"{star}{parameter.name}{typed}{default}"


def _type(annotation: object) -> str:
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, ForwardRef):
        return annotation.__forward_arg__
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _default(value: object) -> str:
    if isinstance(value, Enum):
        return str(type(value).__name__) + "." + value.name
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(_default, value)))}}}"
    text = str(getattr(value, "__name__", repr(value)) if callable(value) else repr(value))
    return "…" if text.startswith("<") or " at 0x" in text else text


def _arguments(text: str) -> Iterator[str]:
    """Splits at the commas that are in no brackets."""
    depth, start = 0, 0
    for index, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            yield text[start:index].strip()
            start = index + 1
    yield text[start:].strip()
