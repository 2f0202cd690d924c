FROM scratch
COPY --chmod=u=rwX,go=rX a /a
