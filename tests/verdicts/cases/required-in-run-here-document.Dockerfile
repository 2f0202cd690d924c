FROM scratch
RUN <<EOF
echo ${X:?not ours}
EOF
