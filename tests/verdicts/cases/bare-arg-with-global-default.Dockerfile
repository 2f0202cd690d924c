ARG X=g
FROM alpine
ARG X
LABEL x=$X
