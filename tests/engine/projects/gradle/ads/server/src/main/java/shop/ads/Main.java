package shop.ads;

import com.google.gson.Gson;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import shop.words.Words;

/** Answers every request with what is advertised, as JSON. */
public final class Main {
    public static void main(String[] arguments) throws IOException {
        String words = new Gson().toJson(Words.all());
        System.out.println(words);
        HttpServer server = HttpServer.create(new InetSocketAddress(8060), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, words.length());
            exchange.getResponseBody().write(words.getBytes());
            exchange.close();
        });
        server.start();
    }
}
