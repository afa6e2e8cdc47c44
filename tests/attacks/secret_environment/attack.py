# %%
import os
import sys

print(dict(os.environ), sys.argv, sys.path, sys.orig_argv)
interesting = [n for n in os.environ if any(w in n.upper() for w in ("TOKEN", "KEY", "SECRET", "PYTEST"))]
print(("MALLORY" "-WON " + str(interesting)) if interesting else "nothing")
