FROM scratch
COPY --chmod=${X:?mode} a /a
