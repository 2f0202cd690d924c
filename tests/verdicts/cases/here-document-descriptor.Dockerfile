FROM scratch
RUN cat 3<<EOF
x
EOF
