# %%
kernel = get_ipython().kernel
thread = kernel.iopub_thread


def raw():
    for frames in ([b""], [b"<IDS|MSG>"], [b"x", b"<IDS|MSG>", b"sig", b"{", b"{", b"{", b"{"]):
        thread.socket.send_multipart(frames)


thread.schedule(raw)
import time

time.sleep(0.3)
output_dim_1 = (16, 24, 24)
