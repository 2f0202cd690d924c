FROM scratch
COPY ${X:?path} /a
