# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import os

for name in ("\n", "-rf", "a" * 255, "\udcff", " ", "*", "\x1b[31m"):
    os.mkdir(name)
    open(os.path.join(name, name), "w").close()
    os.chmod(name, 0)
os.symlink("/", "root")
os.symlink("loop", "loop")
os.mkdir("closed", 0o300)
open("closed/file", "w").close()
os.chmod(os.path.dirname(os.getcwd()), 0)
os.chmod(".", 0)
