FROM scratch
EXPOSE $P
