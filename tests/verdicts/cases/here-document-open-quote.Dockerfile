FROM scratch
COPY <<EOF /a
it's "
EOF
