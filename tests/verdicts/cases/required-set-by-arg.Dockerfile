FROM scratch
ARG X
USER ${X:?who}
# build-arg X=1
