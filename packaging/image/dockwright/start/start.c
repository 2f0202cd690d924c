// Written by dockwright from services.toml; change it there, then run: dockwright gen
// dockwright:body=sha256:a09df3c045168376
/* start: replaces references to environment variables in the arguments of a program, then execs the program.
 *
 *     start PROGRAM [ARGUMENT...]
 *
 * In an argument, {env:NAME} is replaced by the value of the variable, and {env:NAME:-DEFAULT} by DEFAULT if the
 * variable is unset or empty. After a $ it is left unchanged. PROGRAM is a path: there is no PATH lookup.
 *
 * The program replaces this one and keeps its PID: as PID 1, it receives signals itself.
 *
 * Exits with 78 if a variable without a default is not set or the arguments are longer than 256 KiB, with 127 if
 * there is no such program, and with 126 if it cannot be executed; the reason goes to standard error. It needs no
 * C library, only Linux system calls, and is compiled as the health check is.
 */

typedef __SIZE_TYPE__ size;

enum { CONFIGURATION = 78, CANNOT_EXECUTE = 126, NOT_FOUND = 127 };
enum { ENOENT = 2, ENOEXEC = 8, EACCES = 13 };

#if defined __x86_64__
enum { WRITE = 1, EXECVE = 59, EXIT = 231 };

static long call(long number, long a, long b, long c)
{
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return number;
}
#elif defined __aarch64__
enum { WRITE = 64, EXECVE = 221, EXIT = 94 };

static long call(long number, long a, long b, long c)
{
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
}
#else
#error "start knows x86_64 and aarch64"
#endif

static size length(const char *s)
{
    size n = 0;
    while (s[n]) n++;
    return n;
}

static void say_bytes(const char *s, size bytes) { call(WRITE, 2, (long)s, (long)bytes); }

static void say(const char *s) { say_bytes(s, length(s)); }

static _Noreturn void leave(int code)
{
    say("\n");
    for (;;) call(EXIT, code, 0, 0);
}

/* What follows `prefix` in `text`, or nothing. */
static const char *after(const char *text, const char *prefix)
{
    while (*prefix && *text == *prefix) text++, prefix++;
    return *prefix ? 0 : text;
}

/* The value of the variable that is called as `bytes` of `name` are, or nothing. */
static const char *value_of(const char *name, size bytes, char *const *environment)
{
    for (; *environment; environment++) {
        const char *entry = *environment;
        size n = 0;
        while (n < bytes && entry[n] == name[n]) n++;
        if (n == bytes && entry[n] == '=') return entry + n + 1;
    }
    return 0;
}

static struct { char text[1 << 18]; size used; } room;

static void put(char c)
{
    if (room.used == sizeof room.text) {
        say("start: the arguments are longer than 256 KiB");
        leave(CONFIGURATION);
    }
    room.text[room.used++] = c;
}

static int is_of_a_name(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Puts the value of the reference at `s`; what follows it, or nothing if there is no reference. */
static const char *put_value(const char *s, char *const *environment)
{
    const char *name = after(s, "{env:"), *end = name;
    if (!name) return 0;
    while (is_of_a_name(*end)) end++;
    size bytes = (size)(end - name);
    const char *standard = after(end, ":-");
    if (standard)
        for (end = standard; *end && *end != '}'; end++) {}
    if (!bytes || *end != '}') return 0;

    const char *value = value_of(name, bytes, environment);
    if (standard && (!value || !*value)) {
        while (standard < end) put(*standard++);
    } else if (value) {
        while (*value) put(*value++);
    } else {
        say("start: the environment variable "), say_bytes(name, bytes), say(" is not set");
        leave(CONFIGURATION);
    }
    return end + 1;
}

static char *with_values(const char *argument, char *const *environment)
{
    size start = room.used;
    for (const char *s = argument; *s;) {
        const char *rest = *s == '{' && (s == argument || s[-1] != '$') ? put_value(s, environment) : 0;
        if (rest) s = rest;
        else put(*s++);
    }
    put(0);
    return room.text + start;
}

static _Noreturn void run(char **argument, char *const *environment)
{
    if (!argument[0] || !argument[1]) {
        say("usage: start PROGRAM [ARGUMENT...]");
        leave(CONFIGURATION);
    }
    for (char **next = ++argument; *next; next++) *next = with_values(*next, environment);
    long result = call(EXECVE, (long)*argument, (long)argument, (long)environment);
    say("start: "), say(*argument);
    say(result == -ENOENT ? ": no such program" : ": cannot be executed");
    say(result == -EACCES ? ": permission denied" : result == -ENOEXEC ? ": not of this platform" : "");
    leave(result == -ENOENT ? NOT_FOUND : CANNOT_EXECUTE);
}

#if __STDC_HOSTED__
int main(int count, char **argument, char **environment)
{
    (void)count;
    run(argument, environment);
}
#else
#if defined __x86_64__
__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call start");
#else
__asm__(".globl _start\n_start: mov x0, sp\n bl start");
#endif

__attribute__((used)) _Noreturn static void start(long *stack)
{
    char **argument = (char **)(stack + 1);
    run(argument, argument + stack[0] + 1);
}
#endif
