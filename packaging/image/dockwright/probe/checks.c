// Written by dockwright from services.toml; change it there, then run: dockwright gen
// dockwright:body=sha256:d2a05088265ecc37
/* The checks that are a question and an answer. */

#include "probe.h"

/* The host that a request names. */
void put_host(void)
{
    if (asked.host) {
        put(asked.host);
    } else {
        put("localhost");
        if (*asked.where != '/') put(":"), put(asked.where);
    }
}

/* A connection is all that was asked for. */
void tcp(void) {}

/* Whether a number of three digits is at most another. */
static int at_most(const char *a, const char *b)
{
    for (int i = 0; i < 3; i++)
        if (a[i] != b[i]) return a[i] < b[i];
    return 1;
}

/* Whether `code`, three digits, is in one of the ranges of `list`, or without a list, from 200 to 399. */
static int accepted(const char *code, const char *list)
{
    if (!list) return *code == '2' || *code == '3';
    for (;; list++) {
        const char *last = list[3] == '-' ? list + 4 : list;
        if (at_most(list, code) && at_most(code, last)) return 1;
        list = last + 3;
        if (!*list) return 0;
    }
}

void http(void)
{
    put("GET "), put(asked.what), put(" HTTP/1.1\r\nHost: "), put_host();
    put("\r\nUser-Agent: healthcheck\r\nAccept: */*\r\nConnection: close\r\n\r\n");

    char line[LINE], *code = line + 9;
    for (;;) {
        if (!take_line(line)) fail("not an HTTP answer");
        const char *form = "HTTP/1.d ddd", *s = line;
        for (; *form; form++, s++)
            if (*form == 'd' ? *s < '0' || *s > '9' : *s != *form) fail("not an HTTP answer");
        if (*s && *s != ' ') fail("not an HTTP answer");
        if (*code != '1') break;
        do /* An interim answer: the final one comes after its headers. */
            if (!take_line(line)) fail("not an HTTP answer");
        while (*line);
    }
    code[3] = 0;
    if (!accepted(code, asked.status)) fail_with("status ", code);
    skip_rest();
}

/* TLS 1.2 and 1.3 (RFC 8446): a server that works answers a ClientHello by a ServerHello. */
void tls(void)
{
    static const byte suites[] = {
        0x13, 0x01, 0x13, 0x02, 0x13, 0x03, /* TLS 1.3 */
        0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30, 0xcc, 0xa9, 0xcc, 0xa8, /* ECDHE with AES-GCM, ChaCha20 */
        0x00, 0x9c, 0x00, 0x9d, 0x00, 0xff, /* RSA with AES-GCM; no renegotiation */
    };
    static const byte extensions[] = {
        0, 43, 0, 5, 4, 3, 4, 3, 3, /* supported_versions: 1.3 and 1.2 */
        0, 10, 0, 8, 0, 6, 0, 29, 0, 23, 0, 24, /* supported_groups: x25519, secp256r1, secp384r1 */
        0, 11, 0, 2, 1, 0, /* ec_point_formats: uncompressed */
        0, 13, 0, 22, 0, 20, 4, 3, 5, 3, 8, 7, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1, 2, 1, /* signature_algorithms */
    };
    /* The handshake ends before a secret is needed, so nothing here has to be random. */
    static const char random[] = "healthcheck: a greeting, and bye";
    static const byte key_share[10 + 32] = { 0, 51, 0, 38, 0, 36, 0, 29, 0, 32, 9 /* x25519: its base point */ };

    put_number(22, 1), put_number(0x0301, 2); /* a record of the handshake, as of TLS 1.0 */
    size record = open_length(2);
    put_number(1, 1); /* ClientHello */
    size hello = open_length(3);
    put_number(0x0303, 2);
    put_bytes(random, 32);
    put_number(0, 1); /* no session */
    put_number(sizeof suites, 2), put_bytes(suites, sizeof suites);
    put_number(1, 1), put_number(0, 1); /* no compression */
    size all = open_length(2);
    put_bytes(extensions, sizeof extensions), put_bytes(key_share, sizeof key_share);
    if (asked.host) {
        put_number(0, 2); /* server_name */
        size extension = open_length(2), list = open_length(2);
        put_number(0, 1);
        size name = open_length(2);
        put(asked.host);
        close_length(name, 2), close_length(list, 2), close_length(extension, 2);
    }
    close_length(all, 2), close_length(hello, 3), close_length(record, 2);

    byte type = take(), major = take();
    take_number(3); /* the minor version and the length */
    byte first = take(), second = take();
    char room[DIGITS];
    if (type == 21 && major == 3) fail_with("TLS alert ", decimal(second, room));
    if (type != 22 || major != 3 || first != 2) fail("not a TLS answer");
}

/* https://redis.io/docs/latest/develop/reference/protocol-spec/ */
static void put_argument(const char *text)
{
    char room[DIGITS];
    put("$"), put(decimal(length(text), room)), put("\r\n"), put(text), put("\r\n");
}

/* The first line of a file, which is all of it. */
static void read_password(const char *path, char password[static LINE])
{
    size used = read_file(path, password, LINE);
    int is_whole = used < LINE;
    while (used && (password[used - 1] == '\n' || password[used - 1] == '\r')) used--;
    password[is_whole ? used : 0] = 0;
    if (!used || length(password) != used) fail_with("no password in ", path);
}

void redis(void)
{
    char line[LINE], password[LINE];
    if (asked.password_file) {
        read_password(asked.password_file, password);
        put("*2\r\n"), put_argument("AUTH"), put_argument(password);
    }
    put("*1\r\n"), put_argument("PING");

    if (asked.password_file) {
        if (!take_line(line)) fail("not an answer of Redis");
        if (!same(line, "+OK")) fail_with("AUTH is answered by ", line);
    }
    if (!take_line(line)) fail("not an answer of Redis");
    if (same(line, "+PONG")) return;
    /* The answer to a stranger, whatever state the server is in: it is not stopped, and no more is known. */
    if (!asked.password_file && after(line, "-NOAUTH")) return;
    fail_with("PING is answered by ", line);
}

/* https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
void mongodb(void)
{
    /* OP_MSG with { hello: 1, $db: "admin" }; the array's last 0 ends the document. */
    static const char hello[] = "\64\0\0\0" "dckw" "\0\0\0\0" "\335\7\0\0" "\0\0\0\0" "\0"
                                "\37\0\0\0" "\20hello\0" "\1\0\0\0" "\2$db\0" "\6\0\0\0" "admin\0";
    put_bytes(hello, sizeof hello);
    take_number(8); /* its length and number */
    if (take_number(4) != ('d' << 24 | 'c' << 16 | 'k' << 8 | 'w') || take_number(4) != 0xdd070000) {
        fail("hello is not answered as MongoDB does");
    }
}
