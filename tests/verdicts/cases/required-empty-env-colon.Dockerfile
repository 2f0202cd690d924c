FROM scratch
ENV X=
USER ${X:?who}
