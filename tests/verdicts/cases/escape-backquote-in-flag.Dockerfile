# escape=`
FROM scratch
COPY --chown=a\b x /x
