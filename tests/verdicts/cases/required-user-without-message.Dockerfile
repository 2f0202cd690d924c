FROM scratch
USER ${X:?}
