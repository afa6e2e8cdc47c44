"""What `run_autograder` starts: valid results first, then all that takes time."""

import os
import sys
import time
from pathlib import Path

from autograder.gradescope.places import ROOT, Places
from autograder.gradescope.results import Results, ResultsFile

ROOT_VARIABLE = "AUTOGRADER_GRADESCOPE_ROOT"
"""Names another folder than /autograder, for a trial."""
SECONDS_VARIABLE = "AUTOGRADER_GRADESCOPE_SECONDS"
"""Another limit on time than the assignment's, for a trial."""


def main() -> None:
    """Entry point: grades the submission that lies in Gradescope's folders."""
    started = time.monotonic()
    places = Places(Path(os.environ.get(ROOT_VARIABLE, ROOT)))
    ResultsFile(places.results).write(
        Results(
            score=0.0,
            output="The autograder was stopped before it could judge anything. This is no fault "
            "of yours. Please tell the staff.",
            extra_data={"status": "autograder failed"},
        )
    )
    from autograder.gradescope.run import Grading, say
    from autograder.running.event_loop import killed_politely

    seconds = os.environ.get(SECONDS_VARIABLE)
    try:
        with killed_politely():
            Grading(places, started, float(seconds) if seconds else None).to_the_end()
    except KeyboardInterrupt:
        say("For staff: stopped from outside; results are those so far.")
        sys.exit(130)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
