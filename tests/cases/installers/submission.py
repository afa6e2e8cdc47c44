# %%
import os, subprocess, sys
subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", "einops"])
subprocess.run("pip3 install einops", shell=True, check=True)
assert subprocess.check_output(["pip", "install", "einops"]) == b""
assert os.system("python -m pip install einops && true") == 0
convolved_features = [[8, 20], [14, 25]]

# %%
%conda install einops
!{sys.executable} -m pip install einops && echo the rest of the line runs > ran.txt
assert os.path.exists("ran.txt")
pooled_features = 25

# %%
%%bash
set -e

  /usr/bin/env true; ./bin/pip install einops
sudo apt-get install -y graphviz | tee log
echo "(16, 24, 24)" > dimensions.txt

# %%
output_dim_1 = eval(open("dimensions.txt").read())
