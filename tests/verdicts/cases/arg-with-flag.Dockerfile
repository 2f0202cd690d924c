FROM scratch
ARG --foo A=1
LABEL l=$A
