FROM scratch
COPY a --chown=1 /a
