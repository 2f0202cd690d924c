FROM scratch
ENV P=rwx
COPY --chmod=$P a /a
