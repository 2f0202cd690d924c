FROM alpine
ARG X=a
LABEL x=$X
