package org.elasticsearch.launcher;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/** Stands in for Elasticsearch: reads elasticsearch.yml, writes to its data and log directories, answers /_cluster/health. */
public final class CliToolLauncher {
    private static final String HEALTH = "{\"cluster_name\":\"%s\",\"status\":\"green\",\"number_of_nodes\":1}";

    private CliToolLauncher() {}

    public static void main(String[] arguments) throws IOException {
        var home = Path.of(System.getProperty("es.path.home"));
        var settings = settings(Path.of(System.getProperty("es.path.conf")).resolve("elasticsearch.yml"));
        Files.writeString(directory(settings, "path.data", home).resolve("node.lock"), "");
        var log = directory(settings, "path.logs", home).resolve("server.log");
        var body = HEALTH.formatted(settings.getOrDefault("cluster.name", "elasticsearch")).getBytes(StandardCharsets.UTF_8);

        var port = Integer.parseInt(settings.getOrDefault("http.port", "9200"));
        var server = HttpServer.create(new InetSocketAddress(settings.getOrDefault("network.host", "127.0.0.1"), port), 0);
        server.createContext("/_cluster/health", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        Files.writeString(log, "started\n");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(0)));
    }

    private static Path directory(Map<String, String> settings, String key, Path home) {
        return home.resolve(settings.getOrDefault(key, key.substring(key.indexOf('.') + 1)));
    }

    private static Map<String, String> settings(Path file) throws IOException {
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.contains(": ")).map(line -> line.split(": ", 2)).collect(Collectors.toMap(p -> p[0], p -> p[1]));
        }
    }
}
