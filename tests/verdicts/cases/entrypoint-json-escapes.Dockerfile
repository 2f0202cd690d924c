FROM scratch
ENTRYPOINT ["a\u00e9\n", "b"]
