// Written by dockwright from services.toml; change it there, then run: dockwright gen
// dockwright:body=sha256:67155d2f8ecf3cda
/* The health check of gRPC, https://github.com/grpc/grpc/blob/master/doc/health-checking.md, over HTTP/2
 * (RFC 9113) and its header compression, HPACK (RFC 7541), as far as one request needs them. */

#include "probe.h"

enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION };
enum { ACK = 1, END_STREAM = 1, END_HEADERS = 4, PADDED = 8, WITH_PRIORITY = 32 };
enum { STREAM = 1, FRAME_MOST = 16384 /* until SETTINGS allow more, which ours do not */ };

static size open_frame(byte type, byte flags, unsigned stream)
{
    size start = open_length(3);
    put_number(type, 1), put_number(flags, 1), put_number(stream, 4);
    return start;
}

static void close_frame(size start) { close_length_behind(start, 3, 6); }

/* A number of Protocol Buffers: seven bits a byte, the least significant first. */
static void put_varint(size n)
{
    for (; n > 127; n >>= 7) put_number(n % 128 + 128, 1);
    put_number(n, 1);
}

/* A short string of HPACK, as it is, without Huffman's code. */
static void put_string(const char *s) { put_number(length(s), 1), put(s); }

static void ask_grpc(void)
{
    put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    size frame = open_frame(SETTINGS, 0, 0);
    put_number(1, 2), put_number(0, 4); /* HEADER_TABLE_SIZE 0: no field refers to an earlier one */
    put_number(2, 2), put_number(0, 4); /* ENABLE_PUSH 0 */
    close_frame(frame);

    /* Fields of RFC 7541, appendix A, by number; 0 is a field without one; none is to be remembered. */
    frame = open_frame(HEADERS, END_HEADERS, STREAM);
    put_number(0x80 | 3, 1); /* :method POST */
    put_number(0x80 | 6, 1); /* :scheme http */
    put_number(4, 1), put_string("/grpc.health.v1.Health/Check"); /* :path */
    put_number(1, 1); /* :authority */
    size start = open_length(1);
    put_host();
    close_length(start, 1); /* main allows no name that needs more than a byte */
    put_number(0, 1), put_string("content-type"), put_string("application/grpc");
    put_number(0, 1), put_string("te"), put_string("trailers");
    put_number(0, 1), put_string("user-agent"), put_string("healthcheck");
    close_frame(frame);

    /* HealthCheckRequest { string service = 1; } behind a flag (not compressed) and its length. */
    frame = open_frame(DATA, END_STREAM, STREAM);
    put_number(0, 1);
    start = open_length(4);
    if (*asked.what) put_number(1 << 3 | 2, 1), put_varint(length(asked.what)), put(asked.what);
    close_length(start, 4);
    close_frame(frame);
}

struct block { const byte *at, *end; };

static const char bad_frame[] = "a frame that HTTP/2 does not allow";
static const char bad_headers[] = "headers that HTTP/2 does not allow";

static byte block_byte(struct block *block)
{
    if (block->at == block->end) fail(bad_headers);
    return *block->at++;
}

/* RFC 7541, section 5.1: a number in the low `bits` of `first`, and in what follows if it does not fit there. */
static size block_number(struct block *block, byte first, int bits)
{
    size most = (1u << bits) - 1, n = first & most;
    if (n < most) return n;
    for (int shift = 0; shift < 28; shift += 7) {
        byte b = block_byte(block);
        n += (size)(b & 127) << shift;
        if (b < 128) return n;
    }
    fail(bad_headers);
}

/* A text as far as it fits, with a 0 at its end. */
struct text { char data[32]; size used; };

static void add(struct text *text, char c)
{
    if (text->used < sizeof text->data - 1) text->data[text->used++] = c;
    text->data[text->used] = 0;
}

/* RFC 7541, appendix B: Huffman's code is canonical, so the number of codes of each length and the symbols in
 * the order of their codes are all of it. Those of more than eight bits are in no field that matters here. */
static void add_huffman(struct text *text, const byte *at, const byte *end)
{
    static const byte codes[] = { [5] = 10, 26, 32, 6, [10] = 5, 3, 2, 6, 2, 3,
                                  [19] = 3, 8, 13, 26, 29, 12, 4, 15, 19, 29, [30] = 4 };
    static const char symbols[] = "012aceiost" " %-./3456789=A_bdfghlmnpru"
                                  ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz" "&*,;XZ";
    unsigned code = 0, first = 0, index = 0, bits = 0;
    for (; at < end; at++) {
        for (int bit = 7; bit >= 0; bit--) {
            code = code << 1 | (*at >> bit & 1u);
            if (++bits == sizeof codes) fail(bad_headers); /* no code is that long */
            if (code - first < codes[bits]) {
                unsigned symbol = index + code - first;
                add(text, symbol < sizeof symbols - 1 ? symbols[symbol] : '?');
                code = first = index = bits = 0;
            } else {
                index += codes[bits];
                first = (first + codes[bits]) << 1;
            }
        }
    }
}

static struct text block_string(struct block *block)
{
    struct text text = { { 0 }, 0 };
    byte first = block_byte(block);
    size bytes = block_number(block, first, 7);
    if (bytes > (size)(block->end - block->at)) fail(bad_headers);
    const byte *at = block->at;
    block->at += bytes;
    if (first & 0x80) add_huffman(&text, at, block->at);
    else while (at < block->at) add(&text, (char)*at++);
    return text;
}

/* The answer so far. */
static struct {
    byte headers[FRAME_MOST], message[64];
    size header_bytes, message_bytes;
    int ends; /* with the headers or the message that come just now */
    struct text http_status, grpc_status;
} answer;

/* Takes the two fields that matter out of a whole header block. */
static void read_headers(void)
{
    enum { STATUS_FIRST = 8, STATUS_LAST = 14, STATIC_LAST = 61 };
    static const char statuses[][4] = { "200", "204", "206", "304", "400", "404", "500" };
    struct block block = { answer.headers, answer.headers + answer.header_bytes };
    answer.header_bytes = 0;
    while (block.at < block.end) {
        byte first = block_byte(&block);
        if ((first & 0xe0) == 0x20) { /* the size of a table that stays empty */
            block_number(&block, first, 5);
            continue;
        }
        int bits = first & 0x80 ? 7 : first & 0x40 ? 6 : 4;
        size field = block_number(&block, first, bits);
        if (field > STATIC_LAST) fail(bad_headers);
        int is_status = field >= STATUS_FIRST && field <= STATUS_LAST;
        struct text name = { { 0 }, 0 }, value = { { 0 }, 0 };
        if (bits < 7) {
            if (!field) name = block_string(&block);
            value = block_string(&block);
        } else if (is_status) {
            for (const char *s = statuses[field - STATUS_FIRST]; *s; s++) add(&value, *s);
        }
        if (is_status || same(name.data, ":status")) answer.http_status = value;
        if (same(name.data, "grpc-status")) answer.grpc_status = value;
    }
    const char *status = answer.http_status.data;
    if (*status != '1' && !same(status, "200")) fail_with("HTTP status ", *status ? status : "missing");
}

static void take_headers(size bytes, byte flags)
{
    if (bytes > sizeof answer.headers - answer.header_bytes) fail("headers longer than 16 KB");
    take_bytes(answer.headers + answer.header_bytes, bytes);
    answer.header_bytes += bytes;
    if (flags & END_HEADERS) read_headers();
}

static void take_message(size bytes)
{
    if (bytes > sizeof answer.message - answer.message_bytes) fail("an answer too long for a health service");
    take_bytes(answer.message + answer.message_bytes, bytes);
    answer.message_bytes += bytes;
}

/* Takes the payload of a frame of the answer; 1 if it is the last one. */
static int take_frame(size bytes, byte type, byte flags)
{
    size padding = 0, priority = type == HEADERS && flags & WITH_PRIORITY ? 5 : 0;
    if (type != CONTINUATION) {
        answer.ends = flags & END_STREAM;
        if (flags & PADDED && bytes) padding = take(), bytes--;
    }
    if (bytes < padding + priority) fail(bad_frame);
    bytes -= padding + priority;
    skip(priority);
    if (type == DATA) take_message(bytes);
    else take_headers(bytes, flags);
    skip(padding);
    return answer.ends && (type == DATA || flags & END_HEADERS);
}

/* Takes the payload of any other frame, and answers what wants an answer. */
static void take_other(size bytes, byte type, byte flags, size stream)
{
    if (stream == STREAM && type == RST_STREAM) fail("the service resets the request");
    if (type == GOAWAY && bytes >= 4) {
        bytes -= 4;
        if ((take_number(4) & 0x7fffffff) < STREAM) fail("the service closes the connection (GOAWAY)");
    }
    if ((type == SETTINGS || (type == PING && bytes == 8)) && !(flags & ACK)) {
        size frame = open_frame(type, ACK, 0);
        if (type == PING)
            for (; bytes; bytes--) put_number(take(), 1);
        close_frame(frame);
    }
    skip(bytes);
}

static const char *name_of(const char *number, const char *const *names, size count)
{
    size n = 0;
    if (!*number) return "missing";
    for (const char *s = number; *s; s++)
        if (*s < '0' || *s > '9' || (n = n * 10 + (size)(*s - '0')) >= count) return number;
    return names[n];
}

void grpc(void)
{
    ask_grpc();
    for (int is_first = 1, is_last = 0; !is_last; is_first = 0) {
        size bytes = take_number(3);
        byte type = take(), flags = take();
        size stream = take_number(4) & 0x7fffffff;
        if (is_first && (type != SETTINGS || flags & ACK || stream)) fail("not an HTTP/2 answer");
        if (bytes > FRAME_MOST) fail(bad_frame);
        if (stream == STREAM && (type == DATA || type == HEADERS || type == CONTINUATION)) {
            is_last = take_frame(bytes, type, flags);
        } else {
            take_other(bytes, type, flags, stream);
        }
    }

    static const char *const codes[] = {
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
        "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    };
    const char *code = answer.grpc_status.data;
    if (!same(code, "0")) fail_with("grpc-status ", name_of(code, codes, sizeof codes / sizeof *codes));

    /* HealthCheckResponse { ServingStatus status = 1; } behind a flag and its length; 0 is left out. */
    static const byte form[] = { 0, 0, 0, 0, 2, 1 << 3 };
    static const char *const states[] = { "UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN" };
    size state = answer.message_bytes == sizeof form + 1 ? answer.message[sizeof form] : 0;
    for (size i = 0; i < sizeof form; i++)
        if (answer.message[i] != form[i]) state = 0;
    if (state != 1) fail_with("serving status ", state < 4 ? states[state] : "not known");
}
