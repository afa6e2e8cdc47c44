# %%
kernel = get_ipython().kernel
parent = kernel.get_parent()
for content in ([], "text", None, 7, {"status": {}}):
    kernel.session.send(kernel.iopub_socket, "stream", content, parent)
kernel.session.send(kernel.iopub_socket, "error", {"ename": None, "traceback": 5}, parent)
kernel.session.send(kernel.iopub_socket, "execute_result", {"data": None}, parent)
output_dim_1 = (16, 24, 24)
