FROM scratch
USER 1 \
# a
# b
