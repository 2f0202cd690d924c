FROM scratch
RUN --security=foo true
