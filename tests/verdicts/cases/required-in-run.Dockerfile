FROM scratch
RUN echo ${X:?not ours}
