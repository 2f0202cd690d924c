FROM scratch
RUN --device=a,b true
