FROM scratch
COPY <<"E\"F" /a
x
E"F
