FROM scratch
COPY ["a","<<A /c d/"]
