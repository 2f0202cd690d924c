FROM scratch
COPY --exclude=${X:?pattern} a /a
