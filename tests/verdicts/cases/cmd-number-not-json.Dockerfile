FROM scratch
CMD [1e999]
