# %%
import gc
import sys
import types

found = []
frame = sys._getframe()
while frame is not None:
    found += [name for name in (*frame.f_locals, *frame.f_globals) if "hidden" in name]
    frame = frame.f_back
for frame in sys._current_frames().values():
    found += [name for name in frame.f_locals if "answer" in name or "hidden_images" in name]
for module in list(sys.modules):
    if module.startswith("autograder.") and module.split(".")[1] in (
        "course", "expect", "grading", "judging", "networks", "results"
    ):
        found.append(module)
print("MALLORY" "-WON " + str(found) if found else "nothing")
# %%
texts = (t for o in gc.get_objects() for t in (o if type(o) in (list, tuple) else ()))
hits = [t for t in texts if type(t) is str and ("SECRET-OF-" + "THE") in t]
codes = [o for o in gc.get_objects() if isinstance(o, types.FunctionType) and "test_" in o.__name__
         and "convolved_features" in o.__code__.co_varnames]
print(hits, codes)
print("MALLORY" "-WON" if codes else "no code")
