FROM scratch
CMD echo ${X:?not ours}
