FROM scratch
ENV P=abc
EXPOSE $P
