FROM scratch
RUN cat <<${X:-E}
