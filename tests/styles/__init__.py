"""One network, written in the ways in which students write networks.

A convolution of 16 filters, 5x5, with batch normalisation, ReLU, max pooling and dropout; a hidden
dense layer of 100 units with dropout; ten scores. The modules named in `STYLES` each have `build`,
the network, and `broken`, the same with one defect.
"""

STYLES = (
    "module",
    "sequential",
    "functional",
    "lazy",
    "helper_made",
    "compiled",
    "log_softmax",
    "softmax",
)
