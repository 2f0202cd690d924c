FROM scratch
COPY --owner=1 a /a
