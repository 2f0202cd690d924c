FROM scratch
COPY <<E\'F /a
$X
E'F
