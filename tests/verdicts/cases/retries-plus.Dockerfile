FROM scratch
HEALTHCHECK --retries=++3 CMD true
