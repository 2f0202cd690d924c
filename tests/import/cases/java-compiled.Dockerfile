FROM openjdk:17-jdk-slim AS build
COPY ledger /src/ledger
RUN javac -d /classes $(find /src -name '*.java') && \
    jar --create --file /app.jar --main-class ledger.Main -C /classes .
FROM gcr.io/distroless/java17-debian12:nonroot
COPY --from=build /app.jar /app/app.jar
EXPOSE 7000
HEALTHCHECK CMD nc -z localhost 7000
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=75.0", "-jar", "/app/app.jar"]
