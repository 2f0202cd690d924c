FROM scratch alpine
