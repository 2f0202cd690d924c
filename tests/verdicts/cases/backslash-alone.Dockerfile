\
FROM scratch
