FROM scratch
COPY --from=9 x /x
