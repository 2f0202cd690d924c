FROM scratch
COPY https://example.com/a /a
