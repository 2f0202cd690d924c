FROM scratch
ARG x y"
