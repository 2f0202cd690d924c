FROM scratch
LABEL a=\${X:?label}
