FROM scratch
LABEL a=1 a=2
