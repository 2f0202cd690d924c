# escape=`
FROM scratch
RUN a `
 b
USER 1
