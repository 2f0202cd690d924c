FROM scratch
STOPSIGNAL sigterm
