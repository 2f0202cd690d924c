FROM scratch
COPY <<A <<B /d/
1
A
2
B
