FROM scratch
ENV X=1
USER ${X:?who}
