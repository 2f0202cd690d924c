FROM scratch
RUN cat <<<"EOF"
