"""Words of this lab's own for its tests, which have them as `course`."""

from autograder import expect
from autograder.expect.networks import Subject, require_network


def pictured_filters(net: Subject) -> None:
    """Leaves a note where no filters were pictured after the network was last trained.

    Which calls picture them, the assignment's settings say: `pictures` in the table `network`.
    Raises Failure for what is no network.
    """
    if require_network(net).data.pictured is False:
        expect.note(
            "The question also asks to look at the learned filters: call `show_filters` on this "
            "network after training. (No points depend on it.)"
        )
