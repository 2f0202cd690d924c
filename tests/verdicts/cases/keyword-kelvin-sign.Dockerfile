FROM scratch
WORKDIR /a
