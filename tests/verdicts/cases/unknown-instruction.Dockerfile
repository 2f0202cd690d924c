FROM scratch
RNU x
