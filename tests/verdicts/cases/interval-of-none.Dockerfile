FROM scratch
HEALTHCHECK --interval=5 NONE
