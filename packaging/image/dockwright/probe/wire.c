// Written by dockwright from services.toml; change it there, then run: dockwright gen
// dockwright:body=sha256:0b5f251a356af899
/* What is sent and what comes back, byte by byte. */

#include "probe.h"

size length(const char *s)
{
    size n = 0;
    while (s[n]) n++;
    return n;
}

/* What follows `prefix` in `text`, or nothing. */
const char *after(const char *text, const char *prefix)
{
    while (*prefix && *text == *prefix) text++, prefix++;
    return *prefix ? 0 : text;
}

int same(const char *a, const char *b)
{
    const char *rest = after(a, b);
    return rest && !*rest;
}

/* Writes a number to the end of `room`; where it starts. */
char *decimal(size n, char room[static DIGITS])
{
    char *s = room + DIGITS - 1;
    *s = 0;
    do *--s = (char)('0' + n % 10);
    while (n /= 10);
    return s;
}

static struct { byte data[8192]; size used; } out;

void put_bytes(const void *data, size bytes)
{
    if (bytes > sizeof out.data - out.used) usage(); /* only the arguments can be that long */
    for (size i = 0; i < bytes; i++) out.data[out.used++] = ((const byte *)data)[i];
}

void put(const char *text) { put_bytes(text, length(text)); }

/* A number in `width` bytes, the most significant first. */
void put_number(size n, int width)
{
    while (width--) put_bytes(&(byte){ (byte)(n >> 8 * width) }, 1);
}

/* Leaves room for a length of `width` bytes; where what follows starts. */
size open_length(int width)
{
    put_number(0, width);
    return out.used;
}

/* Fills in the length before `start`, of all that was put since, less the first `between` bytes. */
void close_length_behind(size start, int width, size between)
{
    for (size n = out.used - start - between; width--; n >>= 8) out.data[--start] = (byte)n;
}

void close_length(size start, int width) { close_length_behind(start, width, 0); }

static struct { byte data[4096]; size at, end; } in;

/* Whoever waits for an answer has asked: what was put is sent by then. */
byte take(void)
{
    if (in.at == in.end) {
        send_all(out.data, out.used);
        out.used = in.at = 0;
        in.end = receive(in.data, sizeof in.data);
        if (!in.end) fail(is_late() ? "no answer in time" : "connection closed before an answer");
    }
    return in.data[in.at++];
}

void take_bytes(byte *to, size bytes)
{
    while (bytes--) *to++ = take();
}

size take_number(int width)
{
    size n = 0;
    while (width--) n = n << 8 | take();
    return n;
}

/* A line without its end; 0 if it is longer than any that matters here. */
int take_line(char line[static LINE])
{
    size n = 0;
    for (byte b; (b = take()) != '\n'; line[n++] = (char)b)
        if (n == LINE - 1) return 0;
    if (n && line[n - 1] == '\r') n--;
    line[n] = 0;
    return 1;
}

void skip(size bytes)
{
    while (bytes--) take();
}

/* A server that still writes should not find its peer gone: takes what comes, for a moment. */
void skip_rest(void)
{
    set_deadline(200);
    while (receive(in.data, sizeof in.data)) {}
}
