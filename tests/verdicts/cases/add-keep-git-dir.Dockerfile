FROM scratch
ADD --keep-git-dir=true https://example.com/a.git /a
