FROM scratch
EXPOSE 53/foo
