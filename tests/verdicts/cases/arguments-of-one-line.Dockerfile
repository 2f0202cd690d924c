FROM scratch
ARG A=1 B=${A}2
LABEL l=$B
