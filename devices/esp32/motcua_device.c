/* See motcua_device.h. Flash is a ring of slots; the order of events is the order of the ring. */
#include "motcua_device.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A slot: what a torn write leaves has a wrong checksum, and nobody was told that it is kept.
 *   0 magic, 4 CRC-32 of 8..255, 8 serial, 12 seq, 16 up_ms, 24 wall_ms, 32 boot (16 characters),
 *   48 id (16 bytes), 64 length of the body, 65 body, 255 0xFF while kept and 0 when let go */
enum { AT_CRC = 4, AT_SERIAL = 8, AT_SEQ = 12, AT_UP = 16, AT_WALL = 24, AT_BOOT = 32, AT_ID = 48, AT_LENGTH = 64,
       AT_BODY = 65, AT_GONE = 255 };
#define MAGIC 0x3151544Du
#define LONGEST_STALL_MS 300000u
#define MARKS 8
#define TIME 40
#define PER_SECTOR (MOTCUA_SECTOR / MOTCUA_SLOT)

typedef struct { uint8_t bytes[MOTCUA_SLOT]; } slot;
typedef struct { const char *at, *end; } span;
typedef struct { char boot[17]; uint32_t seq; } mark;

static uint64_t get(const uint8_t *from, int bytes) {
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--) value = value << 8 | from[i];
    return value;
}

static void put(uint8_t *to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++, value >>= 8) to[i] = (uint8_t)value;
}

static uint32_t crc32(const uint8_t *from, uint32_t length) {
    uint32_t crc = ~0u;
    while (length--) {
        crc ^= *from++;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

/* ---- flash ---- */

static bool read_slot(const motcua_device *d, uint32_t at, slot *to) {
    return d->flash.read(d->flash.ctx, at * MOTCUA_SLOT, to->bytes, MOTCUA_SLOT) == 0;
}

static bool is_event(const slot *s) {
    return get(s->bytes, 4) == MAGIC && s->bytes[AT_LENGTH] <= MOTCUA_BODY &&
           get(s->bytes + AT_CRC, 4) == crc32(s->bytes + AT_SERIAL, AT_GONE - AT_SERIAL);
}

static bool is_kept(const slot *s) { return s->bytes[AT_GONE] == 0xFF && is_event(s); }

static bool is_blank(const slot *s) {
    for (uint32_t i = 0; i < MOTCUA_SLOT; i++)
        if (s->bytes[i] != 0xFF) return false;
    return true;
}

static uint32_t after(const motcua_device *d, uint32_t at) { return (at + 1) % d->slots; }

/* The oldest slot: the sector after the one that is being written, or is blank and about to be. */
static uint32_t oldest(const motcua_device *d) { return (d->head / PER_SECTOR + 1) * PER_SECTOR % d->slots; }

/* Counts what is kept, and what of it lies before the slot that is sent next. */
static void count(motcua_device *d) {
    slot s;
    bool sent = true;
    d->kept = d->under_way = 0;
    for (uint32_t i = 0, at = oldest(d); i < d->slots; i++, at = after(d, at)) {
        if (at == d->send_at) sent = false;
        if (at == d->head) break;
        if (read_slot(d, at, &s) && is_kept(&s)) {
            d->kept++;
            d->under_way += sent;
        }
    }
}

/* Makes the sector at the head blank; what is still kept in it gives way and is counted. */
static bool begin_sector(motcua_device *d) {
    bool blank = true;
    uint32_t gone = 0;
    slot s;
    for (uint32_t i = 0; i < PER_SECTOR; i++) {
        if (!read_slot(d, d->head + i, &s)) return false;
        blank = blank && is_blank(&s);
        gone += is_kept(&s);
    }
    if (!blank && d->flash.erase(d->flash.ctx, d->head * MOTCUA_SLOT) != 0) return false;
    if (gone > 0) {
        d->dropped += gone;
        d->status_due = d->connected;
        /* Unless nothing was left to send, the place to send from may have been in this sector. */
        if (d->send_at != d->head && d->send_at / PER_SECTOR == d->head / PER_SECTOR) d->send_at = oldest(d);
        count(d);
    }
    return true;
}

static void rewind_sending(motcua_device *d) {
    d->send_at = oldest(d);
    d->under_way = 0;
}

int motcua_begin(motcua_device *d, const motcua_flash *flash, const motcua_settings *settings,
                 const uint8_t random[8]) {
    memset(d, 0, sizeof *d);
    d->flash = *flash;
    d->settings = *settings;
    d->slots = flash->size / MOTCUA_SECTOR * PER_SECTOR;
    for (int i = 0; i < 8; i++) snprintf(d->boot + 2 * i, 3, "%02x", random[i]);
    slot s;
    for (uint32_t at = 0; at < d->slots; at++) {
        if (!read_slot(d, at, &s)) return -1;
        if (is_event(&s) && get(s.bytes + AT_SERIAL, 4) >= d->serial) {
            d->serial = (uint32_t)get(s.bytes + AT_SERIAL, 4) + 1;
            d->head = after(d, at);
        }
    }
    /* Over slots that a power cut tore; a new sector is made blank before it is written. */
    while (d->head % PER_SECTOR != 0 && read_slot(d, d->head, &s) && !is_blank(&s)) d->head = after(d, d->head);
    if (d->head % PER_SECTOR == 0 && !begin_sector(d)) return -1;
    count(d);
    rewind_sending(d);
    d->stall_ms = settings->stall_ms;
    return 0;
}

int motcua_say(motcua_device *d, motcua_now now, const uint8_t random[16], const char *body) {
    size_t length = strlen(body);
    if (length > MOTCUA_BODY) return -1;
    slot s, back;
    memset(s.bytes, 0xFF, MOTCUA_SLOT);
    put(s.bytes, MAGIC, 4);
    put(s.bytes + AT_SEQ, d->seq + 1, 4);
    put(s.bytes + AT_UP, now.up_ms, 8);
    put(s.bytes + AT_WALL, (uint64_t)now.wall_ms, 8);
    memcpy(s.bytes + AT_BOOT, d->boot, 16);
    memcpy(s.bytes + AT_ID, random, 16);
    s.bytes[AT_LENGTH] = (uint8_t)length;
    memcpy(s.bytes + AT_BODY, body, length);
    /* A slot that does not hold what was written is passed over, as a worn one is. */
    for (uint32_t tries = 0; tries < PER_SECTOR; tries++) {
        if (d->head % PER_SECTOR == 0 && !begin_sector(d)) return -1;
        put(s.bytes + AT_SERIAL, d->serial, 4);
        put(s.bytes + AT_CRC, crc32(s.bytes + AT_SERIAL, AT_GONE - AT_SERIAL), 4);
        uint32_t at = d->head;
        int refused = d->flash.write(d->flash.ctx, at * MOTCUA_SLOT, s.bytes, MOTCUA_SLOT);
        d->head = after(d, at);
        d->serial++;
        if (refused == 0 && read_slot(d, at, &back) && memcmp(&s, &back, MOTCUA_SLOT) == 0) {
            d->seq++;
            d->kept++;
            /* Now rather than when somebody presses. If flash refuses, the next press tries again. */
            if (d->head % PER_SECTOR == 0) begin_sector(d);
            return 0;
        }
    }
    return -1;
}

/* ---- JSON, as far as the collector writes it ---- */

static const char *blank(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r' || *at == ',' || *at == ':')) at++;
    return at;
}

/* Behind the value that begins at `at`. */
static const char *skip(const char *at, const char *end) {
    int depth = 0;
    for (bool text = false; at < end; at++) {
        if (text) {
            if (*at == '\\') at++;
            else if (*at == '"') text = false;
        } else if (*at == '"') text = true;
        else if (*at == '{' || *at == '[') depth++;
        else if (*at == '}' || *at == ']') depth--;
        if (depth < 0) return at;
        if (!text && depth == 0 && (*at == '"' || *at == '}' || *at == ']')) return at + 1;
        if (!text && depth == 0 && (at + 1 == end || strchr(",}] \n\t\r", at[1]))) return at + 1;
    }
    return end;
}

/* The value of a key of the object in `from`; empty when it has none. */
static span find(span from, const char *key) {
    const char *at = blank(from.at, from.end);
    size_t length = strlen(key);
    span none = {from.end, from.end};
    if (at == from.end || *at++ != '{') return none;
    while ((at = blank(at, from.end)) < from.end && *at == '"') {
        const char *behind = skip(at, from.end), *value = blank(behind, from.end);
        const char *next = skip(value, from.end);
        if ((size_t)(behind - at) == length + 2 && memcmp(at + 1, key, length) == 0) return (span){value, next};
        at = next;
    }
    return none;
}

static bool text_of(span from, const char *key, char *to, size_t room) {
    span value = find(from, key);
    size_t length = (size_t)(value.end - value.at);
    if (length < 3 || *value.at != '"' || length - 2 >= room) return false;
    memcpy(to, value.at + 1, length - 2);
    to[length - 2] = 0;
    return true;
}

static bool number_of(span from, const char *key, uint32_t *to) {
    span value = find(from, key);
    uint64_t number = 0;
    if (value.at == value.end) return false;
    for (; value.at < value.end; value.at++) {
        if (*value.at < '0' || *value.at > '9') return false;
        number = number * 10 + (uint64_t)(*value.at - '0');
        if (number > UINT32_MAX) return false;
    }
    *to = (uint32_t)number;
    return true;
}

/* ---- time ---- */

/* Days since 1970 of a date of the Gregorian calendar, by counting March as the first month. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    year -= month <= 2;
    month += month <= 2 ? 12 : 0;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 719469;
}

static void write_time(int64_t ms, char to[TIME]) {
    int64_t days = ms / 86400000, rest = ms % 86400000;
    int64_t year = 1970 + days / 366, month = 12;
    while (days_of(year + 1, 1, 1) <= days) year++;
    while (days_of(year, month, 1) > days) month--;
    int day = (int)(days - days_of(year, month, 1)) + 1;
    snprintf(to, TIME, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)(year % 10000), (int)month % 100, day % 100,
             (int)(rest / 3600000), (int)(rest / 60000 % 60), (int)(rest / 1000 % 60), (int)(rest % 1000));
}

/* RFC 3339, to the second; 0 when it cannot be read. */
static int64_t read_time(const char *text) {
    int year, month, day, hour, minute, second, length = 0, off_hour = 0, off_minute = 0;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &length) != 6) return 0;
    const char *zone = text + length;
    if (*zone == '.') zone += 1 + strspn(zone + 1, "0123456789");
    if (*zone != 'Z' && sscanf(zone + 1, "%2d:%2d", &off_hour, &off_minute) != 2) return 0;
    int64_t offset = (off_hour * 60 + off_minute) * (*zone == '-' ? -60 : 60);
    return ((days_of(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - offset) * 1000;
}

/* ---- letters ---- */

void motcua_status(const motcua_device *d, motcua_now now, const char *state, char *to) {
    char ts[TIME];
    write_time(now.wall_ms, ts);
    snprintf(to, MOTCUA_PAYLOAD, "{\"state\":\"%s\",\"ts\":\"%s\",\"boot\":\"%s\",\"up_ms\":%" PRIu64 "%s}", state, ts,
             d->boot, now.up_ms, d->dropped ? ",\"flags\":[\"events-dropped\"]" : "");
}

static void write_event(const slot *s, char *to) {
    const uint8_t *b = s->bytes, *i = b + AT_ID;
    char ts[TIME];
    write_time((int64_t)get(b + AT_WALL, 8), ts);
    snprintf(to, MOTCUA_PAYLOAD,
             "{\"id\":\"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x\",\"boot\":\"%.16s\","
             "\"seq\":%" PRIu32 ",\"ts\":\"%s\",\"up_ms\":%" PRIu64 ",%.*s}",
             i[0], i[1], i[2], i[3], i[4], i[5], i[6] & 0x0F | 0x40, i[7], i[8] & 0x3F | 0x80, i[9], i[10], i[11],
             i[12], i[13], i[14], i[15], (const char *)b + AT_BOOT, (uint32_t)get(b + AT_SEQ, 4), ts,
             get(b + AT_UP, 8), (int)b[AT_LENGTH], (const char *)b + AT_BODY);
}

void motcua_connected(motcua_device *d, motcua_now now) {
    d->connected = d->status_due = d->meta_due = true;
    d->stall_ms = d->settings.stall_ms;
    d->heartbeat_at = now.up_ms + d->settings.heartbeat_s * 1000ull;
    rewind_sending(d); /* the broker may have lost what it took */
}

void motcua_lost(motcua_device *d) { d->connected = false; }

/* Heartbeats, and everything once more where nothing is acknowledged. */
static void look_at_the_clock(motcua_device *d, motcua_now now) {
    if (d->heartbeat_at <= now.up_ms) {
        d->heartbeat_at = now.up_ms + d->settings.heartbeat_s * 1000ull;
        d->status_due = true;
    }
    if (d->under_way > 0 && d->stall_at <= now.up_ms) {
        d->stall_ms = d->stall_ms * 2 < LONGEST_STALL_MS ? d->stall_ms * 2 : LONGEST_STALL_MS;
        rewind_sending(d);
    }
}

/* The next event to send, if the window has room for one. */
static bool next_event(motcua_device *d, slot *s) {
    if (d->under_way >= d->settings.window) return false;
    for (; d->send_at != d->head; d->send_at = after(d, d->send_at))
        if (read_slot(d, d->send_at, s) && is_kept(s)) return true;
    return false;
}

bool motcua_next(motcua_device *d, motcua_now now, motcua_letter *letter) {
    slot s;
    if (!d->connected) return false;
    look_at_the_clock(d, now);
    letter->retain = d->status_due || d->meta_due;
    if (d->status_due) {
        letter->what = MOTCUA_STATUS, letter->channel = "status";
        motcua_status(d, now, "ready", letter->payload);
    } else if (d->meta_due) {
        letter->what = MOTCUA_META, letter->channel = "meta";
        snprintf(letter->payload, MOTCUA_PAYLOAD, "{\"model\":\"%s\",\"heartbeat_s\":%" PRIu32 "}", d->settings.model,
                 d->settings.heartbeat_s);
    } else if (next_event(d, &s)) {
        letter->what = MOTCUA_EVENT, letter->channel = "evt";
        letter->slot = d->send_at;
        write_event(&s, letter->payload);
    } else if (d->done_due) {
        /* Behind the events: whoever hears it has got what was asked for, as far as the window goes. */
        letter->what = MOTCUA_DONE, letter->channel = "done";
        snprintf(letter->payload, MOTCUA_PAYLOAD, "{\"id\":\"%s\",\"ok\":true,\"missing\":%" PRIu32 "}", d->done_id,
                 d->done_missing);
    } else {
        return false;
    }
    return true;
}

void motcua_sent(motcua_device *d, motcua_now now, const motcua_letter *letter) {
    switch (letter->what) {
    case MOTCUA_STATUS: d->status_due = false; break;
    case MOTCUA_META: d->meta_due = false; break;
    case MOTCUA_DONE: d->done_due = false; break;
    case MOTCUA_EVENT:
        if (d->under_way++ == 0) d->stall_at = now.up_ms + d->stall_ms;
        d->send_at = after(d, letter->slot);
    }
}

/* ---- what the collector says ---- */

static void read_mark(span from, mark *marks, int *n) {
    mark m = {{0}, 0};
    if (*n < MARKS && text_of(from, "boot", m.boot, sizeof m.boot) && number_of(from, "seq", &m.seq)) marks[(*n)++] = m;
}

void motcua_heard_ack(motcua_device *d, motcua_now now, const char *text, size_t length) {
    mark marks[MARKS];
    int n = 0;
    span all = {text, text + length};
    read_mark(all, marks, &n);
    span older = find(all, "older");
    while (older.at < older.end) {
        const char *next = skip(older.at = blank(older.at + 1, older.end), older.end);
        if (older.at < older.end && *older.at == '{') read_mark((span){older.at, next}, marks, &n);
        older.at = next; /* a comma or the end: the next value begins behind it */
    }
    bool newly = false;
    slot s;
    for (uint32_t i = 0, at = oldest(d); i < d->slots && at != d->head; i++, at = after(d, at)) {
        if (!read_slot(d, at, &s) || !is_kept(&s)) continue;
        for (int m = 0; m < n; m++) {
            if (memcmp(marks[m].boot, s.bytes + AT_BOOT, 16) != 0 || get(s.bytes + AT_SEQ, 4) > marks[m].seq) continue;
            const uint8_t gone = 0;
            newly |= d->flash.write(d->flash.ctx, at * MOTCUA_SLOT + AT_GONE, &gone, 1) == 0;
        }
    }
    if (newly) {
        count(d);
        d->stall_ms = d->settings.stall_ms;
        d->stall_at = now.up_ms + d->stall_ms;
    }
}

/* How many of a run's events are no longer there. What is there is sent again. */
static uint32_t ask_again(motcua_device *d, span command) {
    mark m = {{0}, 0};
    uint32_t from, to, found = 0;
    slot s;
    if (!text_of(command, "boot", m.boot, sizeof m.boot) || !number_of(command, "from_seq", &from) ||
        !number_of(command, "to_seq", &to) || to < from)
        return 0;
    for (uint32_t at = 0; at < d->slots; at++) {
        if (!read_slot(d, at, &s) || !is_kept(&s) || memcmp(m.boot, s.bytes + AT_BOOT, 16) != 0) continue;
        uint32_t seq = (uint32_t)get(s.bytes + AT_SEQ, 4);
        found += from <= seq && seq <= to;
    }
    if (found > 0) rewind_sending(d);
    return to - from + 1 - found;
}

motcua_wanted motcua_heard_command(motcua_device *d, motcua_now now, const char *text, size_t length) {
    span all = {text, text + length};
    char id[65], exp[40], type[16];
    if (!text_of(all, "id", id, sizeof id) || !text_of(all, "exp", exp, sizeof exp) ||
        !text_of(all, "type", type, sizeof type))
        return MOTCUA_NOTHING;
    /* By a clock that is ahead everything has expired: what does no harm late is done all the same.
     * Without a clock nobody can tell. */
    bool harmless = strcmp(type, "replay") == 0 || strcmp(type, "rebirth") == 0;
    bool expired = !harmless && now.wall_ms > 0 && read_time(exp) < now.wall_ms;
    if (expired || strcmp(id, d->last_id) == 0) return MOTCUA_NOTHING;
    strcpy(d->last_id, id);
    strcpy(d->done_id, id);
    d->done_missing = 0;
    d->done_due = true;
    if (strcmp(type, "replay") == 0) d->done_missing = ask_again(d, all);
    if (strcmp(type, "rebirth") == 0) d->status_due = d->meta_due = true;
    return strcmp(type, "identify") == 0 ? MOTCUA_IDENTIFY : MOTCUA_NOTHING;
}
