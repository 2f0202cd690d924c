FROM scratch
COPY <<'EOF' /a
${BASH_SOURCE[0]}
EOF
