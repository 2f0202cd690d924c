FROM scratch
ENV X=
USER a${X?who}
