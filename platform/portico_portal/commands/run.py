"""What every command needs: settings, an event loop, and errors as one line instead of a stack."""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any, TypeVar

import asyncpg
import click

from portico_core.db import DATABASE_TROUBLE
from portico_core.errors import PorticoError
from portico_core.settings import Settings, from_environment

T = TypeVar("T")


def settings() -> Settings:
    """From the environment; stops with the variable's name if one is missing."""
    return from_environment(os.environ)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end. What went wrong on purpose, or at the database, becomes one line and exit code 1."""
    try:
        return asyncio.run(work)
    except (PorticoError, *DATABASE_TROUBLE) as error:
        raise click.ClickException(_line(error)) from error
    except BaseExceptionGroup as group:
        known, unknown = group.split((PorticoError, *DATABASE_TROUBLE))
        if unknown is not None or known is None:
            raise
        raise click.ClickException("; ".join(_line(error) for error in _leaves(known))) from group


def _line(error: BaseException) -> str:
    if isinstance(error, (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError)):
        return f"the database has not been set up: run `portico database setup` ({error})"
    return str(error).partition("\n")[0] or type(error).__name__


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for each in group.exceptions:
        found += _leaves(each) if isinstance(each, BaseExceptionGroup) else [each]
    return found
