"""Layers that a network keeps where PyTorch does not see them."""

from autograder.expect.verdict import note
from autograder.model import NetworkData

_HOLDERS = {
    "list": ("a plain list", "nn.ModuleList"),
    "tuple": ("a plain tuple", "nn.ModuleList"),
    "dict": ("a plain dictionary", "nn.ModuleDict"),
}


def tell_unseen_layers(data: NetworkData) -> None:
    """A note on them, where there are any."""
    if unseen := unseen_layers(data):
        note(unseen)


def unseen_layers(data: NetworkData) -> str:
    """Where they are, what follows from that and where they belong; empty if there are none."""
    if not data.unregistered:
        return ""
    name, _, kind = data.unregistered[0].partition(": ")
    others = [entry.partition(": ")[0] for entry in data.unregistered[1:]]
    places = ", ".join(f"`self.{name}`" for name in (name, *others))
    container, instead = _HOLDERS.get(kind, _HOLDERS["list"])
    return (
        f"PyTorch does not see what is in {places}, {container}: an optimizer that gets "
        f"`{data.name}.parameters()` does not train it, and `.eval()` does not reach it. Put the "
        f"layers into an `{instead}` (weights into an `nn.ParameterList`)."
    )
