"""The command that shows a cluster."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from autograder.cli.app import app, need, one_sentence, out
from autograder.results.table import one_line

if TYPE_CHECKING:
    from autograder.grading.cluster.workers import Colleague


@app.command()
def cluster(
    address: Annotated[
        str, typer.Argument(help="The scheduler: tcp://…, tls://… or a scheduler file.")
    ],
    trust: Annotated[
        bool, typer.Option("--trust", help="Count workers in that cannot confine students.")
    ] = False,
) -> None:
    """Show the workers of a Dask cluster and whether they may grade."""
    need("cluster", "cluster")
    from autograder.cli.places import cluster_at

    with one_sentence(), cluster_at(address, trust=trust) as found:
        colleagues = found.colleagues
    table = Table("", "worker", "machine", "cores", "memory", "isolation", "device", box=None)
    for one in colleagues:
        table.add_row(*_row(one))
    out.print(table)
    versions = next((one.facts.versions for one in colleagues if not one.refusal and one.facts), {})
    if versions:
        said = ", ".join(f"{name} {version}" for name, version in versions.items())
        out.print(Text(f"Versions, the same as here: {said}"), soft_wrap=True)
    for one in colleagues:
        if one.refusal:
            out.print(
                Text(f"left out: {one.address}: {one_line(one.refusal, 500)}"), soft_wrap=True
            )
    able = sum(not one.refusal for one in colleagues)
    out.print(f"{able} of {len(colleagues)} workers may grade.", highlight=False)
    raise typer.Exit(0 if able else 1)


def _row(one: "Colleague") -> list[Text]:
    mark = Text("left out", "red") if one.refusal else Text("ok", "green")
    facts = one.facts
    if facts is None:
        return [mark, Text(one.address)]
    memory = f"{facts.memory_bytes / 1e9:.1f} GB" if facts.memory_bytes else "no limit"
    cells = (
        one.address, facts.host, str(facts.cores), memory,
        ", ".join(facts.layers) or "none", ", ".join(facts.card_names) or "cpu",
    )  # fmt: skip
    return [mark, *(Text(one_line(cell)) for cell in cells)]
