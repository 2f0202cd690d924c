FROM scratch
RUN cat << 'EOF'
abc
EOF
