package shop.words;

import java.util.List;

/** What is advertised. */
public final class Words {
    private Words() {}

    public static List<String> all() {
        return List.of("apples", "pears");
    }
}
