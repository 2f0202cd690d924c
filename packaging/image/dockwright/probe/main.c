// Written by dockwright from services.toml; change it there, then run: dockwright gen
// dockwright:body=sha256:8599de9c45d69582
/* healthcheck: asks a service on this machine whether it is healthy.
 *
 *     healthcheck http WHERE PATH [--status=200-204,401] [--host=NAME]
 *         a request; without --status any status from 200 to 399 is healthy
 *     healthcheck grpc WHERE [SERVICE] [--host=NAME]
 *         grpc.health.v1.Health/Check without TLS; SERVING is healthy
 *     healthcheck redis WHERE [--password-file=FILE]
 *         AUTH with the password, if there is one, and PING
 *     healthcheck mongodb WHERE
 *         the command hello
 *     healthcheck tls WHERE [--host=NAME]
 *         the start of a TLS handshake; nothing is verified, and no request is made
 *     healthcheck tcp WHERE
 *         a connection
 *     healthcheck --version
 *
 * WHERE is a port on loopback, tried on 127.0.0.1 and then on ::1, or the absolute path of a Unix socket.
 * --timeout=SECONDS limits everything together; it is 5 if not given.
 *
 * Exits with 0 if the service is healthy and with 1 in every other case (HEALTHCHECK reserves 2); the reason
 * goes to standard error. It needs no C library, no shell and no resolver, only Linux system calls:
 *
 *     gcc -Os -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector \
 *         -fno-asynchronous-unwind-tables -Wl,--build-id=none -s -o healthcheck *.c
 *
 * Without -ffreestanding and -nostdlib it becomes an ordinary program with main, for sanitizers.
 */

#include "probe.h"

struct asked asked;

_Noreturn void usage(void)
{
    say(2, "usage: healthcheck http WHERE PATH [--status=200-204,401] [--host=NAME]\n"
           "       healthcheck grpc WHERE [SERVICE] [--host=NAME]\n"
           "       healthcheck redis WHERE [--password-file=FILE]\n"
           "       healthcheck tls WHERE [--host=NAME]\n"
           "       healthcheck mongodb|tcp WHERE\n"
           "WHERE is a port on loopback or the path of a Unix socket; each takes --timeout=SECONDS\n");
    leave(1);
}

/* A decimal number from 1 to `most`. */
unsigned number(const char *s, unsigned most)
{
    unsigned n = 0;
    for (; *s; s++)
        if (*s < '0' || *s > '9' || (n = n * 10 + (unsigned)(*s - '0')) > most) usage();
    if (!n) usage();
    return n;
}

enum { STATUS = 1, HOST = 2, PASSWORD_FILE = 4 };
static const struct check { const char *name; void (*ask)(void); int least, most, options; } checks[] = {
    { "http", http, 2, 2, STATUS | HOST },
    { "grpc", grpc, 1, 2, HOST },
    { "redis", redis, 1, 1, PASSWORD_FILE },
    { "mongodb", mongodb, 1, 1, 0 },
    { "tls", tls, 1, 1, HOST },
    { "tcp", tcp, 1, 1, 0 },
};

static const struct check *check_of(const char *name)
{
    for (size i = 0; i < sizeof checks / sizeof *checks; i++)
        if (same(name, checks[i].name)) return &checks[i];
    usage();
}

/* What goes into a request is one word of ASCII. */
static const char *one_word(const char *s)
{
    for (const char *c = s; *c; c++)
        if (*c <= ' ' || *c > '~') usage();
    return s;
}

/* HPACK writes the length of a name as long as this in one byte. */
static const char *host_name(const char *s)
{
    if (!*s || length(s) > 126) usage();
    return one_word(s);
}

static int is_status(const char *s)
{
    for (int i = 0; i < 3; i++)
        if (s[i] < '0' || s[i] > '9') return 0;
    return 1;
}

/* Three-digit numbers, or two with a hyphen between them, with commas between those. */
static const char *status_list(const char *s)
{
    for (const char *c = s;; c++) {
        if (!is_status(c)) usage();
        c += 3;
        if (*c == '-') {
            if (!is_status(c + 1)) usage();
            c += 4;
        }
        if (!*c) return s;
        if (*c != ',') usage();
    }
}

static _Noreturn void run(long count, const char *const *word)
{
    if (count == 2 && same(word[1], "--version")) {
        say(1, "healthcheck (dockwright)\n");
        leave(0);
    }
    if (count < 3) usage();
    const struct check *check = check_of(word[1]);
    unsigned seconds = 5;
    int may = check->options, words = 0;
    asked.what = "";
    for (long i = 2; i < count; i++) {
        const char *value;
        if ((value = after(word[i], "--timeout="))) seconds = number(value, 3600);
        else if (may & STATUS && (value = after(word[i], "--status="))) asked.status = status_list(value);
        else if (may & HOST && (value = after(word[i], "--host="))) asked.host = host_name(value);
        else if (may & PASSWORD_FILE && (value = after(word[i], "--password-file="))) asked.password_file = value;
        else if (after(word[i], "--") || words == check->most) usage();
        else if (words++) asked.what = one_word(word[i]);
        else asked.where = word[i];
    }
    if (words < check->least || (check->ask == http && *asked.what != '/')) usage();

    set_deadline(1000L * seconds);
    connect_to(asked.where);
    check->ask();
    leave(0);
}

#if __STDC_HOSTED__
int main(int count, char **word) { run(count, (const char *const *)word); }
#else
#if defined __x86_64__
__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call start");
#else
__asm__(".globl _start\n_start: mov x0, sp\n bl start");
#endif

__attribute__((used)) _Noreturn static void start(const long *stack)
{
    run(stack[0], (const char *const *)(stack + 1));
}
#endif
