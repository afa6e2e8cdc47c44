# %%
kernel = get_ipython().kernel
parent = kernel.get_parent()
for status in ("ok", "graded", 7, None):
    kernel.session.send(kernel.iopub_socket, "execute_reply", {"status": status}, parent)
    kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent)
kernel.session.send(kernel.iopub_socket, "display_data", {"data": 3, "metadata": []}, parent)
kernel.session.send(kernel.iopub_socket, "update_display_data", {}, parent)
kernel.session.send(kernel.iopub_socket, "grade", {"score": 7.0}, parent)
kernel.session.send(kernel.iopub_socket, "stream", {"name": "score", "text": "7.0"}, parent)
kernel.session.send(kernel.iopub_socket, "comm_open", {"comm_id": 1, "target_name": "x"}, parent)
# %%
output_dim_1 = (16, 24, 24)
