ARG X=1
FROM scratch
ARG X
USER ${X:?who}
