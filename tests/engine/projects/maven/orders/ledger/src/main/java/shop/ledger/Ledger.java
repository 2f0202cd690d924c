package shop.ledger;

import com.google.gson.JsonObject;
import java.util.concurrent.atomic.AtomicLong;

/** Counts requests, and says so in JSON. */
public final class Ledger {
    private final AtomicLong requests = new AtomicLong();

    public String next() {
        JsonObject answer = new JsonObject();
        answer.addProperty("requests", requests.incrementAndGet());
        return answer.toString();
    }
}
