FROM scratch
ADD --checksum=${X:?sum} https://example.com/a /a
