FROM scratch
LABEL ${X:?label}=a
