FROM scratch
COPY --from=${X:?stage} a /a
