FROM scratch
LABEL a="${x:-a <<EOF b}"
