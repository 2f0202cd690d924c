FROM scratch
RUN <<EOF
#!/bin/sh
x
EOF
