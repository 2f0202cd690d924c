FROM scratch
ENV X=e
ARG X=a
LABEL x=$X
