"""Prints the names of torch's CUDA devices as JSON: the grader itself loads no torch."""

import json


def main() -> None:
    """Entry point."""
    import torch

    names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    print(json.dumps(names))  # noqa: T201
