FROM scratch
RUN a \\
USER 1
