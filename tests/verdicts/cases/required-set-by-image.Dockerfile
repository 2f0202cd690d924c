FROM alpine
USER ${X:?who}
