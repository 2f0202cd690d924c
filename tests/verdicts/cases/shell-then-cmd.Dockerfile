FROM scratch
SHELL ["/bin/bash", "-c"]
CMD a b
