"""Help without the types that only programmers read."""

from __future__ import annotations

from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

COMMON_PANEL = "Common options"


class PlainCommand(TyperCommand):
    """A command whose help says of switches nothing but their names, of arguments no types, and of numbers their range."""

    def get_params(self, ctx: Any) -> list[Any]:
        params = _plain(super().get_params(ctx))
        for param in params:
            if param.name == "help":
                param.rich_help_panel = COMMON_PANEL
        return params


class PlainGroup(TyperGroup):
    """A group of commands, likewise."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _plain(super().get_params(ctx))


def _plain(params: list[Any]) -> list[Any]:
    for param in params:
        if isinstance(param, TyperArgument):
            vars(param)["display_type_rich"] = _nothing
        elif isinstance(param, TyperOption) and param.is_flag and param.metavar is None:
            param.metavar = ""
        elif isinstance(param, TyperOption) and param.min is not None and param.max is not None:
            param.metavar = f"{param.min:g}–{param.max:g}"
            vars(param)["_get_number_range_help_str"] = _nothing
    return params


def _nothing(*_: Any, **__: Any) -> None:
    """What is shown instead of an argument's type, and of a range as programmers write it."""
