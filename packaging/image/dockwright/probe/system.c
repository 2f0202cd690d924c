// Written by dockwright from services.toml; change it there, then run: dockwright gen
// dockwright:body=sha256:f853bfd149a835e9
/* What the kernel does for the probe: ends it, tells the time, connects, sends, receives, reads a file. */

#include "probe.h"

#if defined __x86_64__
enum { READ = 0, WRITE = 1, CLOSE = 3, SOCKET = 41, CONNECT = 42, SEND = 44, RECEIVE = 45, GETSOCKOPT = 55,
       CLOCK = 228, EXIT = 231, OPEN = 257, POLL = 271 };

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                               : "rcx", "r11", "memory");
    return number;
}
#elif defined __aarch64__
enum { READ = 63, WRITE = 64, CLOSE = 57, SOCKET = 198, CONNECT = 203, SEND = 206, RECEIVE = 207, GETSOCKOPT = 209,
       CLOCK = 113, EXIT = 94, OPEN = 56, POLL = 73 };

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

/* The same on both. */
enum { UNIX = 1, INET = 2, INET6 = 10, STREAM_NONBLOCK = 1 | 04000, SOL_SOCKET = 1, SO_ERROR = 4,
       MSG_NOSIGNAL = 0x4000, AT_FDCWD = -100, READ_ONLY_NONBLOCK = 04000, MONOTONIC = 1 };
enum { READABLE = 1, WRITABLE = 4 };
enum { ENOENT = 2, EINTR = 4, EAGAIN = 11, EACCES = 13, EINPROGRESS = 115 };
struct time { long seconds, nanoseconds; };
struct poll { int fd; short wanted, found; };
struct address4 { unsigned short family; byte port[2], host[4], rest[8]; };
struct address6 { unsigned short family; byte port[2], flow[4], host[16], scope[4]; };
struct address_unix { unsigned short family; char path[108]; };

#if !__STDC_HOSTED__
/* GCC calls these in a freestanding program too; the attribute keeps each from becoming a call of itself. */
#define NOT_ITSELF __attribute__((optimize("no-tree-loop-distribute-patterns")))
void *memcpy(void *to, const void *from, size bytes), *memset(void *to, int value, size bytes);

NOT_ITSELF void *memcpy(void *to, const void *from, size bytes)
{
    for (size i = 0; i < bytes; i++) ((byte *)to)[i] = ((const byte *)from)[i];
    return to;
}

NOT_ITSELF void *memset(void *to, int value, size bytes)
{
    for (size i = 0; i < bytes; i++) ((byte *)to)[i] = (byte)value;
    return to;
}
#endif

void say(int file, const char *s) { call(WRITE, file, (long)s, (long)length(s), 0, 0, 0); }

_Noreturn void leave(int code)
{
    for (;;) call(EXIT, code, 0, 0, 0, 0, 0);
}

/* `detail` may come from the service: only printable ASCII of it gets into the engine's log. */
_Noreturn void fail_with(const char *reason, const char *detail)
{
    char shown[128];
    size n = 0;
    for (; detail[n] && n < sizeof shown - 1; n++) shown[n] = detail[n] < ' ' || detail[n] > '~' ? '?' : detail[n];
    shown[n] = 0;
    say(2, "unhealthy: "), say(2, reason), say(2, shown), say(2, "\n");
    leave(1);
}

_Noreturn void fail(const char *reason) { fail_with(reason, ""); }

static long deadline; /* in milliseconds */
static long fd;

static long now(void)
{
    struct time t;
    call(CLOCK, MONOTONIC, (long)&t, 0, 0, 0, 0);
    return t.seconds * 1000 + t.nanoseconds / 1000000;
}

/* It can be drawn nearer, but not moved away. */
void set_deadline(long milliseconds)
{
    long wanted = now() + milliseconds;
    if (!deadline || wanted < deadline) deadline = wanted;
}

int is_late(void) { return now() >= deadline; }

/* Waits for the connection until the deadline; 0 if it is not ready by then. */
static int ready(short wanted)
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

static void rest(long milliseconds)
{
    struct time t = { 0, milliseconds * 1000000 };
    call(POLL, 0, 0, (long)&t, 0, 0, 0);
}

/* Connects; 0, or why not as a negative number. */
static long dial(int family, const void *address, size bytes)
{
    fd = call(SOCKET, family, STREAM_NONBLOCK, 0, 0, 0, 0);
    if (fd < 0) return fd; /* no IPv6 on this machine, for one */
    long result = call(CONNECT, fd, (long)address, (long)bytes, 0, 0, 0);
    /* Said by a Unix socket with a full queue alone, and nothing tells when there is room again. */
    while (result == -EAGAIN && !is_late()) {
        rest(20);
        result = call(CONNECT, fd, (long)address, (long)bytes, 0, 0, 0);
    }
    if (result == -EINPROGRESS && ready(WRITABLE)) {
        int error = 0, room = sizeof error;
        call(GETSOCKOPT, fd, SOL_SOCKET, SO_ERROR, (long)&error, (long)&room, 0);
        result = -error;
    }
    if (result) call(CLOSE, fd, 0, 0, 0, 0, 0);
    return result;
}

static long dial_loopback(unsigned port)
{
    byte high = (byte)(port >> 8), low = (byte)port;
    struct address4 four = { INET, { high, low }, { 127, 0, 0, 1 }, { 0 } };
    struct address6 six = { INET6, { high, low }, { 0 }, { [15] = 1 }, { 0 } };
    long result = dial(INET, &four, sizeof four);
    return result && dial(INET6, &six, sizeof six) ? result : 0;
}

static long dial_unix(const char *path)
{
    struct address_unix address = { UNIX, { 0 } };
    size bytes = length(path);
    if (bytes >= sizeof address.path) usage();
    for (size i = 0; i < bytes; i++) address.path[i] = path[i];
    return dial(UNIX, &address, sizeof address);
}

void connect_to(const char *where)
{
    long result = *where == '/' ? dial_unix(where) : dial_loopback(number(where, 65535));
    if (!result) return;
    if (is_late()) fail("no connection in time");
    if (result == -ENOENT) fail_with("no socket ", where);
    if (result == -EACCES) fail_with("no permission to connect to ", where);
    fail("connection refused");
}

void send_all(const byte *data, size bytes)
{
    while (bytes) {
        if (!ready(WRITABLE)) fail("request not taken in time");
        long n = call(SEND, fd, (long)data, (long)bytes, MSG_NOSIGNAL, 0, 0);
        if (n == -EAGAIN || n == -EINTR) continue;
        if (n <= 0) fail("connection closed before the request was sent");
        data += n;
        bytes -= (size)n;
    }
}

/* What has come, or the first of what comes; 0 if the service closes the connection, or is late. */
size receive(byte *data, size room)
{
    while (ready(READABLE)) {
        long n = call(RECEIVE, fd, (long)data, (long)room, 0, 0, 0);
        if (n != -EAGAIN && n != -EINTR) return n > 0 ? (size)n : 0;
    }
    return 0;
}

/* As much of a file as there is room for. */
size read_file(const char *path, char *data, size room)
{
    long file = call(OPEN, AT_FDCWD, (long)path, READ_ONLY_NONBLOCK, 0, 0, 0); /* a pipe is no reason to hang */
    if (file < 0) fail_with("cannot open ", path);
    size used = 0;
    for (long n; used < room && (n = call(READ, file, (long)(data + used), (long)(room - used), 0, 0, 0)) > 0;) {
        used += (size)n;
    }
    return used;
}
