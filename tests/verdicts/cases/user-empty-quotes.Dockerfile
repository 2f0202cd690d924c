FROM scratch
USER ""
