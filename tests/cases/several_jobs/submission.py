# %%
from joblib import Parallel, cpu_count, delayed

pooled_features = sum(Parallel(n_jobs=2)(delayed(abs)(-x) for x in (8, 17)))
assert cpu_count() >= 1

# %%
import numpy as np
from sklearn.ensemble import RandomForestClassifier

x = np.random.default_rng(0).random((60, 3))
y = (x[:, 0] > 0.5).astype(int)
RandomForestClassifier(n_estimators=4, n_jobs=-1).fit(x, y).predict(x)
output_dim_1 = (16, 24, 24)

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score

GridSearchCV(LogisticRegression(), {"C": [1, 2]}, n_jobs=2, cv=3).fit(x, y)
cross_val_score(LogisticRegression(), x, y, n_jobs=-1)
output_dim_2 = (24, 30, 30)

# %%
from pathlib import Path

# What tells how much of the processors a container has can be read where it can be seen.
for name in ("cpu.max", "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"):
    file = Path("/sys/fs/cgroup", name)
    assert not file.exists() or file.read_text()
output_dim_3 = (3, 16, 16)

# %%
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.pool import Pool, ThreadPool


def started(number):
    print("worker", number)


def twice(number):
    return 2 * number


with multiprocessing.Pool(2, started, (7,)) as pool:
    assert pool.map(twice, range(3)) == [0, 2, 4]
    assert sorted(pool.imap_unordered(twice, range(3))) == [0, 2, 4]
    assert pool.apply_async(twice, (4,)).get() == 8
with multiprocessing.get_context("spawn").Pool(processes=1, maxtasksperchild=1) as pool:
    assert pool.starmap(pow, [(2, 3)]) == [8]
with ThreadPool(2) as pool:
    assert isinstance(pool, ThreadPool) and pool.map(twice, [1]) == [2]
pool = Pool(2)
height = pool.apply(twice, (8,))
pool.close()
pool.join()
with ProcessPoolExecutor(max_workers=2, mp_context=multiprocessing.get_context("fork")) as workers:
    width = list(workers.map(twice, [4]))[0]
    assert workers.submit(twice, 3).result() == 6
output_dim_4 = (7, width // 2, height - 8)

# %%
import concurrent.futures

with concurrent.futures.ProcessPoolExecutor() as workers:
    output_dim_5 = tuple(workers.map(twice, (56, 128, 128)))
