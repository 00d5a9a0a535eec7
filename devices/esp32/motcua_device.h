/*
 * A device that loses nothing: what is pressed is in flash before the person is told, and stays
 * there until the collector's `ack`. C99, no allocation, no clock, no socket, no operating system:
 * those are handed in. The rules stand in docs/devices.md.
 */
#ifndef MOTCUA_DEVICE_H
#define MOTCUA_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOTCUA_SECTOR 4096u     /* what flash erases at once */
#define MOTCUA_SLOT 256u        /* one event */
#define MOTCUA_BODY 190u        /* the most that an event may say besides its envelope, bytes */
#define MOTCUA_PAYLOAD 512u     /* room for the largest letter */

/* Flash as a ring of sectors, at least two. Writing only clears bits; erasing sets a sector to 0xFF.
 * Each returns 0 when done. */
typedef struct {
    int (*read)(void *ctx, uint32_t at, void *to, uint32_t length);
    int (*write)(void *ctx, uint32_t at, const void *from, uint32_t length);
    int (*erase)(void *ctx, uint32_t at);
    void *ctx;
    uint32_t size; /* bytes, a multiple of MOTCUA_SECTOR */
} motcua_flash;

typedef struct {
    uint64_t up_ms;  /* since boot, never backwards */
    int64_t wall_ms; /* Unix time; 0 while the device does not know it */
} motcua_now;

typedef enum { MOTCUA_STATUS, MOTCUA_META, MOTCUA_DONE, MOTCUA_EVENT } motcua_what;

/* Something to publish at QoS 1 on the device's own topic `channel`. */
typedef struct {
    motcua_what what;
    const char *channel;
    bool retain;
    char payload[MOTCUA_PAYLOAD];
    uint32_t slot;
} motcua_letter;

typedef struct {
    const char *model;
    uint32_t heartbeat_s; /* 30 unless there is a reason */
    uint32_t window;      /* events under way without the collector's ack, for example 32 */
    uint32_t stall_ms;    /* 10000: sends again when nothing was acknowledged for so long, then doubles */
} motcua_settings;

typedef struct {
    motcua_flash flash;
    motcua_settings settings;
    uint32_t slots;
    char boot[17];
    uint32_t seq;       /* the last number given in this run */
    uint32_t serial;    /* the next place in the order of all runs */
    uint32_t head;      /* the slot that is written next */
    uint32_t send_at;   /* the slot that is looked at next */
    uint32_t kept;      /* events in flash that nobody has acknowledged */
    uint32_t under_way; /* of these, those sent on this connection */
    uint32_t dropped;   /* events that gave way since the device began */
    bool connected, status_due, meta_due, done_due;
    uint64_t heartbeat_at, stall_at;
    uint32_t stall_ms;
    char done_id[65], last_id[65];
    uint32_t done_missing;
} motcua_device;

/* What a command wants of the program around. */
typedef enum { MOTCUA_NOTHING, MOTCUA_IDENTIFY } motcua_wanted;

/* Reads the flash and begins a run named by 8 random bytes. 0, or -1 when flash cannot be read. */
int motcua_begin(motcua_device *device, const motcua_flash *flash, const motcua_settings *settings,
                 const uint8_t random[8]);

/* Keeps an event: `body` is what follows the envelope, for example
 * "\"type\":\"rating.pressed\",\"level\":\"satisfied\"", and `random` names it for ever.
 * 0: flash has it, now tell the person. -1: flash refused, or the body is too long. */
int motcua_say(motcua_device *device, motcua_now now, const uint8_t random[16], const char *body);

/* The broker has taken the connection, and the subscriptions to `ack` and `cmd`. */
void motcua_connected(motcua_device *device, motcua_now now);
void motcua_lost(motcua_device *device);

/* The next letter; false when there is none now. Call motcua_sent once the client has taken it.
 * Call it at least once a second: heartbeats and repetitions come from here. */
bool motcua_next(motcua_device *device, motcua_now now, motcua_letter *letter);
void motcua_sent(motcua_device *device, motcua_now now, const motcua_letter *letter);

/* What came on `ack` or `cmd`. */
void motcua_heard_ack(motcua_device *device, motcua_now now, const char *text, size_t length);
motcua_wanted motcua_heard_command(motcua_device *device, motcua_now now, const char *text, size_t length);

/* A status payload (`ready`, `lost` for the will, `disconnected`); `to` holds MOTCUA_PAYLOAD bytes. */
void motcua_status(const motcua_device *device, motcua_now now, const char *state, char *to);

#endif
