FROM scratch AS Build
FROM scratch
COPY --from=BUILD a /a
