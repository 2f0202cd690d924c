ARG X=a
FROM scratch AS a
FROM scratch
COPY --from=$X x /x
