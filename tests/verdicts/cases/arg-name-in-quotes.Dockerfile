FROM scratch
ARG "X"=1
LABEL x=$X
