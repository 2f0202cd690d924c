FROM scratch
RUN --mount=required,type=secret,id=a true
