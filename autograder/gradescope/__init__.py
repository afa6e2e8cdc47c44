"""Gradescope: the zip that it takes, the run inside its container, and a trial of both."""
