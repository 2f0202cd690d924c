FROM scratch AS a
ONBUILD FOO bar
FROM a
