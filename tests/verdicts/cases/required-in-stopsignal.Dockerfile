FROM scratch
STOPSIGNAL ${X:?signal}
