/* healthcheck: asks a service on this machine whether it is well.
 *
 *     healthcheck http PORT PATH [SECONDS]   well when the answer is a status from 200 to 399
 *     healthcheck tcp PORT [SECONDS]         well when the port accepts a connection
 *     healthcheck redis PORT [SECONDS]       well when PING is answered, if only by asking for a password
 *     healthcheck mongodb PORT [SECONDS]     well when hello is answered
 *     healthcheck --version
 *
 * Exits with 0 when well and with 1 in every other case (2 is reserved by HEALTHCHECK).
 * It needs no C library, no shell, no resolver: Linux system calls are all there is.
 *
 *     gcc -Os -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector \
 *         -fno-asynchronous-unwind-tables -Wl,--build-id=none -s -o healthcheck probe.c
 */

typedef __SIZE_TYPE__ size;
typedef unsigned char byte;

#if defined __x86_64__
enum { WRITE = 1, CLOSE = 3, SOCKET = 41, CONNECT = 42, SEND = 44, RECEIVE = 45, GETSOCKOPT = 55,
       CLOCK = 228, EXIT = 231, POLL = 271 };
__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call start");

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return number;
}
#elif defined __aarch64__
enum { WRITE = 64, CLOSE = 57, SOCKET = 198, CONNECT = 203, SEND = 206, RECEIVE = 207, GETSOCKOPT = 209,
       CLOCK = 113, EXIT = 94, POLL = 73 };
__asm__(".globl _start\n_start: mov x0, sp\n bl start");

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c,
                  x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
#else
#error "healthcheck knows x86_64 and aarch64"
#endif

/* Of the kernel's interface, the same on both. */
enum { INET = 2, INET6 = 10, STREAM_NONBLOCK = 1 | 04000, SOL_SOCKET = 1, SO_ERROR = 4, MSG_NOSIGNAL = 0x4000,
       MONOTONIC = 1, READABLE = 1, WRITABLE = 4, EINTR = 4, EAGAIN = 11, EINPROGRESS = 115 };
struct time { long seconds, nanoseconds; };
struct poll { int fd; short wanted, found; };
struct address4 { unsigned short family; byte port[2], host[4], rest[8]; };
struct address6 { unsigned short family; byte port[2], flow[4], host[16], scope[4]; };

static size length(const char *s)
{
    size n = 0;
    while (s[n]) n++;
    return n;
}

static void say(const char *s) { call(WRITE, 2, (long)s, length(s), 0, 0, 0); }

static _Noreturn void leave(int code)
{
    for (;;) call(EXIT, code, 0, 0, 0, 0, 0);
}

static _Noreturn void fail(const char *reason)
{
    say("unhealthy: ");
    say(reason);
    say("\n");
    leave(1);
}

static _Noreturn void usage(void)
{
    say("usage: healthcheck http PORT PATH [SECONDS]\n       healthcheck tcp|redis|mongodb PORT [SECONDS]\n");
    leave(1);
}

static long deadline; /* in milliseconds; one for everything that is done */

static long now(void)
{
    struct time t;
    call(CLOCK, MONOTONIC, (long)&t, 0, 0, 0, 0);
    return t.seconds * 1000 + t.nanoseconds / 1000000;
}

static int ready(long fd, short wanted)
{
    for (;;) {
        long left = deadline - now();
        if (left <= 0) return 0;
        struct time t = { left / 1000, left % 1000 * 1000000 };
        struct poll p = { (int)fd, wanted, 0 };
        long n = call(POLL, (long)&p, 1, (long)&t, 0, 0, 0);
        if (n != -EINTR) return n > 0;
    }
}

/* A connected socket, or -1. */
static long dial(int family, const void *address, size bytes)
{
    long fd = call(SOCKET, family, STREAM_NONBLOCK, 0, 0, 0, 0);
    if (fd < 0) return -1; /* no IPv6 on this machine, for one */
    long result = call(CONNECT, fd, (long)address, bytes, 0, 0, 0);
    if (result == -EINPROGRESS && ready(fd, WRITABLE)) {
        int error = 0, room = sizeof error;
        call(GETSOCKOPT, fd, SOL_SOCKET, SO_ERROR, (long)&error, (long)&room, 0);
        result = -error;
    }
    if (result == 0) return fd;
    call(CLOSE, fd, 0, 0, 0, 0, 0);
    return -1;
}

static long dial_loopback(unsigned port)
{
    byte high = port >> 8, low = port & 255;
    struct address4 four = { INET, { high, low }, { 127, 0, 0, 1 }, { 0 } };
    struct address6 six = { INET6, { high, low }, { 0 }, { [15] = 1 }, { 0 } };
    long fd = dial(INET, &four, sizeof four);
    if (fd < 0) fd = dial(INET6, &six, sizeof six);
    if (fd < 0) fail(now() < deadline ? "connection refused" : "no connection in time");
    return fd;
}

static void send_all(long fd, const char *data, size bytes)
{
    while (bytes) {
        if (!ready(fd, WRITABLE)) fail("request not taken in time");
        long n = call(SEND, fd, (long)data, bytes, MSG_NOSIGNAL, 0, 0);
        if (n == -EAGAIN || n == -EINTR) continue;
        if (n <= 0) fail("connection closed before the request was sent");
        data += n;
        bytes -= n;
    }
}

static long receive(long fd, char *data, size bytes)
{
    for (;;) {
        if (!ready(fd, READABLE)) return -1;
        long n = call(RECEIVE, fd, (long)data, bytes, 0, 0, 0);
        if (n != -EAGAIN && n != -EINTR) return n > 0 ? n : 0;
    }
}

static char buffer[4096];

/* Puts that much of the answer, or more, into the buffer. */
static void receive_least(long fd, size least, const char *what_if_closed)
{
    for (size used = 0; used < least;) {
        long n = receive(fd, buffer + used, sizeof buffer - used);
        if (n < 0) fail("no answer in time");
        if (n == 0) fail(what_if_closed);
        used += n;
    }
}

static int begins(const char *data, const char *with, size bytes)
{
    for (size i = 0; i < bytes; i++)
        if (data[i] != with[i]) return 0;
    return 1;
}

static void redis(long fd)
{
    send_all(fd, "PING\r\n", 6);
    receive_least(fd, 7, "connection closed before an answer");
    if (!begins(buffer, "+PONG\r\n", 7) && !begins(buffer, "-NOAUTH", 7)) fail("PING is not answered by PONG");
}

static void mongodb(long fd)
{
    /* The message { hello: 1, $db: "admin" }: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
    static const char hello[] = "\64\0\0\0" "dckw" "\0\0\0\0" "\335\7\0\0" "\0\0\0\0" "\0"
                                "\37\0\0\0" "\20hello\0" "\1\0\0\0" "\2$db\0" "\6\0\0\0" "admin\0";
    send_all(fd, hello, sizeof hello); /* with the 0 that ends the document, as it does the string */
    receive_least(fd, 16, "connection closed before an answer");
    if (!begins(buffer + 8, "dckw\335\7\0\0", 8)) fail("hello is not answered as MongoDB does");
}

static void http(long fd, const char *port, const char *path)
{
    const char *parts[] = { "GET ", path, " HTTP/1.0\r\nHost: localhost:", port,
                            "\r\nUser-Agent: healthcheck\r\nAccept: */*\r\nConnection: close\r\n\r\n" };
    size used = 0;
    for (size i = 0; i < sizeof parts / sizeof *parts; i++)
        for (const char *s = parts[i]; *s; s++) {
            if (used == sizeof buffer) usage();
            buffer[used++] = *s;
        }
    send_all(fd, buffer, used);

    enum { STATUS_LINE = 13 }; /* "HTTP/1.1 200 " */
    receive_least(fd, STATUS_LINE, "connection closed before a status line");
    const char *form = "HTTP/1.d ddd";
    for (size i = 0; i < STATUS_LINE - 1; i++)
        if (form[i] == 'd' ? buffer[i] < '0' || buffer[i] > '9' : buffer[i] != form[i]) fail("not an HTTP answer");
    if (buffer[9] != '2' && buffer[9] != '3') {
        static char reason[] = "status ddd";
        for (int i = 0; i < 3; i++) reason[7 + i] = buffer[9 + i];
        fail(reason);
    }
    /* A server that still writes should not find its peer gone: take a little more, whatever it is. */
    if (deadline > now() + 200) deadline = now() + 200;
    while (receive(fd, buffer, sizeof buffer) > 0) {}
}

/* A decimal number from 1 to max. */
static unsigned number(const char *s, unsigned max)
{
    unsigned n = 0;
    if (!*s) usage();
    for (; *s; s++) {
        if (*s < '0' || *s > '9' || (n = n * 10 + (*s - '0')) > max) usage();
    }
    if (!n) usage();
    return n;
}

static int same(const char *a, const char *b)
{
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

__attribute__((used)) _Noreturn static void start(const long *stack)
{
    long count = stack[0];
    const char *const *word = (const char *const *)(stack + 1);
    if (count == 2 && same(word[1], "--version")) {
        call(WRITE, 1, (long)"healthcheck (dockwright)\n", 25, 0, 0, 0);
        leave(0);
    }
    if (count < 3) usage();
    int is_http = same(word[1], "http"), is_redis = same(word[1], "redis"), is_mongodb = same(word[1], "mongodb");
    if (!is_http && !is_redis && !is_mongodb && !same(word[1], "tcp")) usage();
    int least = is_http ? 4 : 3;
    if (count < least || count > least + 1) usage();
    unsigned port = number(word[2], 65535);
    if (is_http && word[3][0] != '/') usage();
    for (const char *s = is_http ? word[3] : ""; *s; s++)
        if (*s <= ' ' || *s > '~') usage();
    deadline = now() + 1000L * (count > least ? number(word[least], 3600) : 5);
    long fd = dial_loopback(port);
    if (is_http) http(fd, word[2], word[3]);
    if (is_redis) redis(fd);
    if (is_mongodb) mongodb(fd);
    leave(0);
}
