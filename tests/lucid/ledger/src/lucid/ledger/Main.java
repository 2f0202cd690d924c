package lucid.ledger;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A ledger that counts its requests; healthy while it can write down the count. */
public final class Main {
    private static final Path COUNT = Path.of("/app/data/count");
    private static long requests;

    private Main() {}

    public static void main(String[] arguments) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(8070), 0);
        server.createContext("/health", exchange -> {
            var body = "{\"status\":\"healthy\",\"requests\":%d}".formatted(++requests).getBytes(StandardCharsets.UTF_8);
            Files.writeString(COUNT, Long.toString(requests));
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(0)));
    }
}
