package shop.web;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import shop.ledger.Ledger;

/** Answers every request with the number of requests. */
public final class Main {
    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[0].substring("--port=".length()));
        Ledger ledger = new Ledger();
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.createContext("/", exchange -> {
            byte[] body = ledger.next().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(0)));
        server.start();
    }
}
