FROM scratch
WORKDIR /a/${X:?dir}
