from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from pipeline.commands.spread import flag_names, spread


@dataclass(frozen=True, kw_only=True)
class Size:
    width: Annotated[int, typer.Option("--width", "-w")] = 1
    has_lid: Annotated[bool, typer.Option(" /--no-lid")] = True


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()

    @app.command()
    @spread
    def box(name: str, *, size: Size, colour: Annotated[str, typer.Option("--colour")] = "red") -> None:
        typer.echo(f"{name} {size} {colour}")

    return app


def test_flags_of_a_group_reach_the_command_as_the_group(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["mine", "-w", "3", "--no-lid", "--colour", "blue"])
    assert result.stdout == "mine Size(width=3, has_lid=False) blue\n"


def test_flags_that_are_not_given_have_the_defaults_of_the_group(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["mine"]).stdout == "mine Size(width=1, has_lid=True) red\n"


def test_a_group_tells_its_flags() -> None:
    assert flag_names(Size) == {"width": "--width", "has_lid": "--no-lid"}
