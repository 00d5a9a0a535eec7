/*
 * The rating button's core as a Linux program, for the tests: flash is a file, the network is a
 * plain MQTT 3.1.1 connection written out here, and the presses come on stdin.
 *
 * usage: button HOST PORT SITE KIND DEVICE FLASH
 *
 * One press a line on stdin: {"type":"rating.pressed","level":"satisfied"}. `taken BOOT SEQ` on
 * stdout says that flash has it. MOTCUA_CUT_AFTER=N cuts the power in the middle of the write that
 * reaches N bytes: what was written of it stays, and the process is gone.
 */
#define _POSIX_C_SOURCE 200809L
#include "../motcua_device.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define FLASH_SIZE (16u * MOTCUA_SECTOR)
#define IN 4096

static motcua_device device;
static char own[128], client_id[80];
static int flash_file, line = -1;
static long cut_after = -1;
static uint8_t in[IN];
static size_t in_length;
static uint16_t packet_id;
static uint64_t heard_at, pinged_at, try_at;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void random_bytes(uint8_t *to, size_t length) {
    static int source = -1;
    if (source < 0) source = open("/dev/urandom", O_RDONLY);
    if (source < 0 || read(source, to, length) != (ssize_t)length) die("/dev/urandom");
}

static motcua_now now(void) {
    struct timespec up, wall;
    clock_gettime(CLOCK_MONOTONIC, &up);
    clock_gettime(CLOCK_REALTIME, &wall);
    static uint64_t boot;
    uint64_t ms = (uint64_t)up.tv_sec * 1000 + (uint64_t)up.tv_nsec / 1000000;
    if (boot == 0) boot = ms;
    return (motcua_now){ms - boot, (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000};
}

/* ---- flash in a file: writing only clears bits, and the power may be cut at any byte ---- */

static int flash_read(void *ctx, uint32_t at, void *to, uint32_t length) {
    (void)ctx;
    return pread(flash_file, to, length, at) == (ssize_t)length ? 0 : -1;
}

static int flash_put(uint32_t at, const uint8_t *bytes, uint32_t length) {
    if (cut_after >= 0 && (long)length >= cut_after) length = (uint32_t)cut_after;
    if (pwrite(flash_file, bytes, length, at) != (ssize_t)length) return -1;
    if (cut_after >= 0) cut_after -= (long)length;
    if (cut_after == 0) raise(SIGKILL);
    return 0;
}

static int flash_write(void *ctx, uint32_t at, const void *from, uint32_t length) {
    uint8_t bytes[MOTCUA_SECTOR];
    if (flash_read(ctx, at, bytes, length) != 0) return -1;
    for (uint32_t i = 0; i < length; i++) bytes[i] &= ((const uint8_t *)from)[i];
    return flash_put(at, bytes, length);
}

static int flash_erase(void *ctx, uint32_t at) {
    (void)ctx;
    uint8_t bytes[MOTCUA_SECTOR];
    memset(bytes, 0xFF, sizeof bytes);
    return flash_put(at, bytes, sizeof bytes);
}

static void open_flash(const char *path) {
    flash_file = open(path, O_RDWR | O_CREAT, 0600);
    if (flash_file < 0) die(path);
    if (lseek(flash_file, 0, SEEK_END) < (off_t)FLASH_SIZE)
        for (uint32_t at = 0; at < FLASH_SIZE; at += MOTCUA_SECTOR) flash_erase(NULL, at);
    const char *cut = getenv("MOTCUA_CUT_AFTER");
    if (cut) cut_after = atol(cut);
}

/* ---- MQTT 3.1.1 ---- */

static void lose(void) {
    if (line >= 0) close(line);
    line = -1;
    in_length = 0;
    motcua_lost(&device);
    try_at = now().up_ms + 200;
}

static void put_bytes(const uint8_t *bytes, size_t length) {
    while (line >= 0 && length > 0) {
        ssize_t n = send(line, bytes, length, MSG_NOSIGNAL);
        if (n <= 0) lose();
        else bytes += n, length -= (size_t)n;
    }
}

static uint8_t *put_text(uint8_t *to, const char *text) {
    size_t length = strlen(text);
    *to++ = (uint8_t)(length >> 8);
    *to++ = (uint8_t)length;
    memcpy(to, text, length);
    return to + length;
}

static void put_packet(uint8_t head, const uint8_t *body, size_t length) {
    uint8_t packet[2048], *to = packet;
    *to++ = head;
    size_t rest = length;
    do *to++ = (uint8_t)(rest % 128 | (rest >= 128 ? 128 : 0));
    while ((rest /= 128) > 0);
    if (length > 0) memcpy(to, body, length);
    put_bytes(packet, (size_t)(to - packet) + length);
}

static const char *topic(const char *channel) {
    static char text[160];
    snprintf(text, sizeof text, "%s/%s", own, channel);
    return text;
}

static uint8_t *put_id(uint8_t *to) {
    if (++packet_id == 0) packet_id = 1;
    *to++ = (uint8_t)(packet_id >> 8);
    *to++ = (uint8_t)packet_id;
    return to;
}

static void publish(const char *channel, bool retain, const char *payload) {
    uint8_t body[1024], *to = put_id(put_text(body, topic(channel)));
    size_t length = strlen(payload);
    memcpy(to, payload, length);
    put_packet(0x32 | (retain ? 1 : 0), body, (size_t)(to - body) + length);
}

static void connect_to(const char *host, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval patience = {5, 0};
    inet_pton(AF_INET, host, &address.sin_addr);
    line = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(line, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(line, (struct sockaddr *)&address, sizeof address) != 0) {
        lose();
        return;
    }
    heard_at = pinged_at = now().up_ms;
    /* Protocol level 4; clean session, and a retained will of QoS 1; keep-alive 10 s. */
    uint8_t body[1024], *to = put_text(body, "MQTT");
    *to++ = 4, *to++ = 0x2E, *to++ = 0, *to++ = 10;
    char will[MOTCUA_PAYLOAD];
    motcua_status(&device, now(), "lost", will);
    to = put_text(put_text(put_text(to, client_id), topic("status")), will);
    put_packet(0x10, body, (size_t)(to - body));
}

static void subscribe(void) {
    uint8_t body[512], *to = put_text(put_id(body), topic("ack"));
    *to++ = 1;
    to = put_text(to, topic("cmd"));
    *to++ = 1;
    put_packet(0x82, body, (size_t)(to - body));
}

static void take_publish(const uint8_t *body, size_t length, bool has_id) {
    size_t topic_length = (size_t)body[0] << 8 | body[1], at = 2 + topic_length;
    if (at + (has_id ? 2 : 0) > length) {
        lose();
        return;
    }
    if (has_id) put_packet(0x40, body + at, 2), at += 2;
    const char *payload = (const char *)body + at, *name = (const char *)body + 2 + topic_length - 3;
    if (memcmp(name, "ack", 3) == 0) motcua_heard_ack(&device, now(), payload, length - at);
    if (memcmp(name, "cmd", 3) == 0) motcua_heard_command(&device, now(), payload, length - at);
}

static void take_packet(uint8_t head, const uint8_t *body, size_t length) {
    switch (head >> 4) {
    case 2: /* CONNACK */
        if (length == 2 && body[1] == 0) subscribe();
        else lose();
        break;
    case 3: take_publish(body, length, (head & 6) != 0); break;
    case 9: motcua_connected(&device, now()); break; /* SUBACK */
    default: break; /* PUBACK is no promise, PINGRESP is an answer */
    }
}

static void take_bytes(void) {
    ssize_t n = recv(line, in + in_length, IN - in_length, 0);
    if (n <= 0) {
        lose();
        return;
    }
    heard_at = now().up_ms;
    in_length += (size_t)n;
    for (;;) {
        size_t length = 0, at = 1;
        for (int shift = 0; at < in_length; shift += 7) {
            length |= (size_t)(in[at] & 127) << shift;
            if (in[at++] < 128) break;
            if (shift > 14) break;
        }
        if (at < 2 || in_length < 2 || in[at - 1] >= 128 || in_length < at + length) {
            if (at + length > IN) lose();
            return;
        }
        take_packet(in[0], in + at, length);
        if (line < 0) return;
        memmove(in, in + at + length, in_length -= at + length);
    }
}

/* ---- the button ---- */

static void press(char *text) {
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '}')) text[--length] = 0;
    uint8_t id[16];
    random_bytes(id, sizeof id);
    if (motcua_say(&device, now(), id, text + 1) != 0) {
        fprintf(stderr, "flash refuses\n");
        return;
    }
    printf("taken %s %u\n", device.boot, (unsigned)device.seq);
    fflush(stdout);
}

static void send_what_is_due(void) {
    motcua_letter letter;
    while (line >= 0 && motcua_next(&device, now(), &letter)) {
        publish(letter.channel, letter.retain, letter.payload);
        if (line >= 0) motcua_sent(&device, now(), &letter);
    }
    uint64_t up = now().up_ms;
    if (line >= 0 && up - pinged_at > 5000) put_packet(0xC0, NULL, 0), pinged_at = up;
    if (line >= 0 && up - heard_at > 15000) lose();
}

/* One whole line of stdin; false at its end. */
static bool take_presses(void) {
    static char text[4096];
    static size_t length;
    ssize_t n = read(STDIN_FILENO, text + length, sizeof text - 1 - length);
    if (n <= 0) return false;
    length += (size_t)n;
    text[length] = 0;
    for (char *end; (end = strchr(text, '\n')) != NULL;) {
        *end = 0;
        press(text);
        length -= (size_t)(end + 1 - text);
        memmove(text, end + 1, length + 1);
    }
    return true;
}

int main(int argc, char **argv) {
    if (argc != 7) {
        fprintf(stderr, "usage: button HOST PORT SITE KIND DEVICE FLASH\n");
        return 64;
    }
    snprintf(own, sizeof own, "motcua/v1/%s/%s/%s", argv[3], argv[4], argv[5]);
    snprintf(client_id, sizeof client_id, "%s.%s", argv[3], argv[5]);
    open_flash(argv[6]);
    const char *beat = getenv("HEARTBEAT_S");
    motcua_settings settings = {"ESP32 rating button", beat ? (uint32_t)atoi(beat) : 30, 32, beat ? 2000 : 10000};
    motcua_flash flash = {flash_read, flash_write, flash_erase, NULL, FLASH_SIZE};
    uint8_t boot[8];
    random_bytes(boot, sizeof boot);
    if (motcua_begin(&device, &flash, &settings, boot) != 0) die("flash");
    bool open_input = true;
    while (open_input || device.kept > 0) {
        if (line < 0 && now().up_ms >= try_at) connect_to(argv[1], atoi(argv[2]));
        struct pollfd both[] = {{open_input ? STDIN_FILENO : -1, POLLIN, 0}, {line, POLLIN, 0}};
        poll(both, 2, 50);
        if (both[0].revents) open_input = take_presses();
        if (line >= 0 && both[1].revents) take_bytes();
        send_what_is_due();
    }
    char farewell[MOTCUA_PAYLOAD];
    motcua_status(&device, now(), "disconnected", farewell);
    publish("status", true, farewell);
    put_packet(0xE0, NULL, 0);
    return 0;
}
