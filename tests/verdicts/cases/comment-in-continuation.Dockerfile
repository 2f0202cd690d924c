FROM scratch
RUN a \
# c
  b
