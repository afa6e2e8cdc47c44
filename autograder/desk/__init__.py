"""The web application in which a human has the last word on every mark."""
