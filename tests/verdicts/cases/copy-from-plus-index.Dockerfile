FROM scratch
FROM scratch
COPY --from=+0 x /x
