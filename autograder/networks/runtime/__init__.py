"""What reads and runs students' ONNX files: in the grader inside confined processes alone.

A file may be made to harm: what is done here may end in an exception, in a crash, or never.
"""

import os

# Read when ONNX Runtime is imported: nothing about students' work is reported to its makers, and no
# thread waits to do so, which a fork would lose.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
