"""Where a student's ONNX file is run: in a process of its own that can be stopped and replaced."""

import os

# Read when ONNX Runtime is imported: nothing about students' work is reported to its makers, and no
# thread waits to do so, which a fork would lose.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
