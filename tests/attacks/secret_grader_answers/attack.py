# %%
try:
    from autograder.course.assignment import Course
    from pathlib import Path

    print("MALLORY" "-WON", Course.at(Path("{COURSE}")).assignment("assignment1").questions)
except Exception as error:
    print(type(error).__name__)
# %%
try:
    from autograder.grading.pipeline import grade_one
    from autograder.running.fork_client import ForkServer

    server = ForkServer({"PATH": "/usr/bin:/bin"})
    server._start()
    server._wait_until_ready()
    print("MALLORY" "-WON")
except Exception as error:
    print(type(error).__name__)
