// Written by dockwright from services.toml; change it there, then run: dockwright gen
// dockwright:body=sha256:ac86536b622e7994
/* What the files of the probe know of each other. */

typedef __SIZE_TYPE__ size;
typedef unsigned char byte;

/* main.c: the command line, as far as a check has it. */
extern struct asked { const char *where, *what, *status, *host, *password_file; } asked;
_Noreturn void usage(void);
unsigned number(const char *s, unsigned most);

/* checks.c and grpc.c: each returns if the service is healthy. */
void http(void), grpc(void), redis(void), mongodb(void), tls(void), tcp(void);
void put_host(void);

/* wire.c: a request is put together, and its answer taken, byte by byte. */
enum { LINE = 1024, DIGITS = 21 };
size length(const char *s);
const char *after(const char *text, const char *prefix);
int same(const char *a, const char *b);
char *decimal(size n, char room[static DIGITS]);
void put_bytes(const void *data, size bytes);
void put(const char *text);
void put_number(size n, int width);
size open_length(int width);
void close_length(size start, int width);
void close_length_behind(size start, int width, size between);
byte take(void);
void take_bytes(byte *to, size bytes);
size take_number(int width);
int take_line(char line[static LINE]);
void skip(size bytes);
void skip_rest(void);

/* system.c: the kernel. Whoever fails ends the program; one deadline is for everything. */
_Noreturn void leave(int code);
_Noreturn void fail(const char *reason);
_Noreturn void fail_with(const char *reason, const char *detail);
void say(int file, const char *s);
void set_deadline(long milliseconds);
int is_late(void);
void connect_to(const char *where);
void send_all(const byte *data, size bytes);
size receive(byte *data, size room);
size read_file(const char *path, char *data, size room);
