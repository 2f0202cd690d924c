FROM scratch
COPY --chown a /a
