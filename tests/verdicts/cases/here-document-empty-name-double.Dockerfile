FROM scratch
RUN cat <<""
