# %%
from google.colab import drive, userdata
drive.mount("/content/drive")

# %%
from google.colab import output
convolved_features = [[8, 20], [14, 25]]
output.eval_js("new Audio('done.mp3').play()")

# %%
key = userdata.get("KEY")
pooled_features = 25

# %%
from google.colab.patches import cv2_imshow
output_dim_1 = (16, 24, 24)

# %%
output_dim_2 = (24, 30)
from google.colab import runtime
runtime.unassign()
