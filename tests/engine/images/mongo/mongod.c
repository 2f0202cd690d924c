/* Stands in for mongod where mongo:7.0 cannot be pulled: reads mongod.conf, keeps a lock in dbPath, logs to a file and
 * answers on its port. It is linked against libraries that the real one needs, so that a closure has work to do. */

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <lzma.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopping;
static void stop(int number) { (void)number; stopping = 1; }

static void setting(const char *line, const char *key, char *value, size_t room)
{
    const char *at = strstr(line, key);
    if (at && sscanf(at + strlen(key), ": %255s", value) == 1) value[room - 1] = 0;
}

/* Answers one message of the wire protocol, whatever it asks, with { ok: 1.0 }. */
static void answer(int peer)
{
    struct timeval patience = { .tv_usec = 200000 };
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    unsigned char asked[16], reply[38] = { 38, [4] = 1, [12] = 0xdd, [13] = 7, [21] = 17, [25] = 1, 'o', 'k', [35] = 0xf0, 0x3f };
    if (recv(peer, asked, sizeof asked, MSG_WAITALL) != sizeof asked || asked[12] != 0xdd || asked[13] != 7) return;
    memcpy(reply + 8, asked + 4, 4);
    send(peer, reply, sizeof reply, MSG_NOSIGNAL);
    shutdown(peer, SHUT_WR);
    while (recv(peer, asked, sizeof asked, 0) > 0) {}
}

static void die(const char *what) { perror(what); exit(1); }

int main(int count, char **word)
{
    char port[256] = "27017", data[256] = "/data/db", log[256] = "", address[256] = "127.0.0.1", line[512], path[512];
    if (count == 2 && !strcmp(word[1], "--version")) return puts("db version v7.0.0 (stand-in)"), 0;
    if (count != 3 || strcmp(word[1], "--config")) return fputs("usage: mongod --config FILE\n", stderr), 2;
    FILE *conf = fopen(word[2], "r");
    if (!conf) die(word[2]);
    while (fgets(line, sizeof line, conf)) {
        if (strstr(line, "journal")) return fputs("Unrecognized option: storage.journal.enabled\n", stderr), 2;
        setting(line, " port", port, sizeof port);
        setting(line, "dbPath", data, sizeof data);
        setting(line, " path", log, sizeof log);
        setting(line, "bindIp", address, sizeof address);
    }
    fclose(conf);
    if (*log && !freopen(log, "a", stdout)) die(log);
    setvbuf(stdout, NULL, _IOLBF, 0);

    snprintf(path, sizeof path, "%s/mongod.lock", data);
    int lock = open(path, O_CREAT | O_RDWR, 0600);
    if (lock < 0 || lockf(lock, F_TLOCK, 0)) die(path);

    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (inet_pton(AF_INET, address, &at.sin_addr) != 1) die(address);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 64)) die("bind");

    struct sigaction action = { .sa_handler = stop };
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size;
    EVP_Digest(path, strlen(path), digest, &size, EVP_sha256(), NULL);
    printf("waiting for connections on %s, %s, liblzma %s\n", port, curl_version(), lzma_version_string());
    while (!stopping) {
        int peer = accept(listener, NULL, NULL);
        if (peer < 0) continue;
        answer(peer);
        close(peer);
    }
    puts("shutting down");
    return 0;
}
