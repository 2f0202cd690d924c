FROM scratch
EXPOSE ${X:?port}
