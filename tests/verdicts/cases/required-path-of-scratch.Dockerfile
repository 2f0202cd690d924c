FROM scratch
LABEL a=${PATH:?}
