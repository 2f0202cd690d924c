FROM scratch
COPY <<EOF /a
${X:?text}
EOF
