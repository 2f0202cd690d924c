FROM scratch
ARG A=${X:?value}
USER $A
# build-arg A=1
