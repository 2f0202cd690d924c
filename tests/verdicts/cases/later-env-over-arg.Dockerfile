FROM scratch
ARG X=a
ENV X=e
LABEL x=$X
