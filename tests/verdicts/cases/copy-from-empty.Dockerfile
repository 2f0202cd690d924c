FROM scratch
COPY --from= x /x
