FROM scratch
ENV X=a.b.bc E=
LABEL l=a$
