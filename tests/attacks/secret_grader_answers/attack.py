# %%
try:
    from autograder.course import Course
    from pathlib import Path

    print("MALLORY" "-WON", Course.at(Path("{COURSE}")).assignment("assignment1").questions)
except Exception as error:
    print(type(error).__name__)
# %%
try:
    from autograder.grade import grade_one
    from autograder.kernel.client import ForkServer

    server = ForkServer({"PATH": "/usr/bin:/bin"})
    server._start()
    server._wait_until_ready()
    print("MALLORY" "-WON")
except Exception as error:
    print(type(error).__name__)
