FROM alpine
ARG X
LABEL x=$X
