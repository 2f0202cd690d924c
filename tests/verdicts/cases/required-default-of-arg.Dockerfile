FROM scratch
ARG X=1
USER ${X:?who}
