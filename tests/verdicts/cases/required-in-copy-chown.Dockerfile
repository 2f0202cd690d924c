FROM scratch
COPY --chown=${X:?user} a /a
