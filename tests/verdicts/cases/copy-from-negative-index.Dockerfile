FROM scratch
COPY --from=-1 x /x
