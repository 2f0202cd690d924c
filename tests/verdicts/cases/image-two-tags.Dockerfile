FROM alpine:1:2
