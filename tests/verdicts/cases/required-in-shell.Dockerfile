FROM scratch
SHELL ["${X:?not ours}"]
