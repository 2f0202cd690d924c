FROM scratch
COPY <<'' /d
