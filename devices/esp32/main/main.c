/*
 * A rating button (nút đánh giá) on an ESP32 with ESP-IDF 5: five keys, one lamp, Wi-Fi, flash.
 * Everything that must not go wrong is in motcua_device.c, which is run and killed on Linux by the
 * project's tests. This file only connects it to the chip; it is built with ESP-IDF, not by them.
 *
 * A press lights the lamp only once flash has it. The main loop owns the device; key presses and
 * MQTT messages reach it through one queue of 32. When that is full a press is not taken (its lamp
 * stays dark) and a message waits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "driver/gpio.h"
#include "esp_event.h"
#include "esp_netif.h"
#include "esp_netif_sntp.h"
#include "esp_partition.h"
#include "esp_random.h"
#include "esp_timer.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "mqtt_client.h"
#include "nvs_flash.h"

#include "motcua_device.h"

#define SITE CONFIG_MOTCUA_SITE
#define DEVICE CONFIG_MOTCUA_DEVICE
#define OWN "motcua/v1/" SITE "/rating/" DEVICE "/"
#define LAMP CONFIG_MOTCUA_LAMP_GPIO
#define LAMP_MS 300
#define BOUNCE_MS 250
#define CLOCK_IS_SET 1700000000 /* before that SNTP has not answered yet */

typedef enum { PRESSED, CONNECTED, LOST, ACK, COMMAND } kind;
typedef struct {
    kind kind;
    int key;
    char *text; /* allocated by who sends, freed by the main loop */
    int length;
} message;

static const gpio_num_t KEYS[] = {CONFIG_MOTCUA_KEY_1_GPIO, CONFIG_MOTCUA_KEY_2_GPIO, CONFIG_MOTCUA_KEY_3_GPIO,
                                  CONFIG_MOTCUA_KEY_4_GPIO, CONFIG_MOTCUA_KEY_5_GPIO};
static const char *const LEVELS[] = {"very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied"};

static motcua_device device;
static QueueHandle_t messages;
static esp_mqtt_client_handle_t client;

static motcua_now now(void) {
    struct timeval wall;
    gettimeofday(&wall, NULL);
    bool set = wall.tv_sec > CLOCK_IS_SET;
    return (motcua_now){(uint64_t)esp_timer_get_time() / 1000,
                        set ? (int64_t)wall.tv_sec * 1000 + wall.tv_usec / 1000 : 0};
}

/* ---- flash: the partition `motcua` of partitions.csv ---- */

static int flash_read(void *ctx, uint32_t at, void *to, uint32_t length) {
    return esp_partition_read(ctx, at, to, length) == ESP_OK ? 0 : -1;
}

static int flash_write(void *ctx, uint32_t at, const void *from, uint32_t length) {
    return esp_partition_write(ctx, at, from, length) == ESP_OK ? 0 : -1;
}

static int flash_erase(void *ctx, uint32_t at) {
    return esp_partition_erase_range(ctx, at, MOTCUA_SECTOR) == ESP_OK ? 0 : -1;
}

static void begin(void) {
    const esp_partition_t *part = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "motcua");
    if (part == NULL) abort();
    motcua_flash flash = {flash_read, flash_write, flash_erase, (void *)part, part->size};
    motcua_settings settings = {"ESP32 rating button", 30, 32, 10000};
    uint8_t boot[8];
    esp_fill_random(boot, sizeof boot);
    if (motcua_begin(&device, &flash, &settings, boot) != 0) abort();
}

/* ---- from other tasks and interrupts into the queue ---- */

static void IRAM_ATTR on_key(void *key) {
    message pressed = {PRESSED, (int)(intptr_t)key, NULL, 0};
    BaseType_t woken = pdFALSE;
    xQueueSendFromISR(messages, &pressed, &woken);
    portYIELD_FROM_ISR(woken);
}

static void hand_over(kind kind, const char *text, int length) {
    message m = {kind, 0, NULL, length};
    if (length > 0) {
        m.text = malloc((size_t)length);
        if (m.text == NULL) return; /* an `ack` comes again, and a command is asked again */
        memcpy(m.text, text, (size_t)length);
    }
    xQueueSend(messages, &m, portMAX_DELAY);
}

static void on_mqtt(void *arg, esp_event_base_t base, int32_t id, void *data) {
    (void)arg, (void)base;
    esp_mqtt_event_handle_t event = data;
    switch (id) {
    case MQTT_EVENT_CONNECTED:
        esp_mqtt_client_subscribe(client, OWN "ack", 1);
        esp_mqtt_client_subscribe(client, OWN "cmd", 1);
        hand_over(CONNECTED, NULL, 0);
        break;
    case MQTT_EVENT_DISCONNECTED: hand_over(LOST, NULL, 0); break;
    case MQTT_EVENT_DATA: /* both fit into one buffer: a message in parts is none of ours */
        if (event->data_len != event->total_data_len || event->topic_len < 3) break;
        hand_over(strncmp(event->topic + event->topic_len - 3, "ack", 3) == 0 ? ACK : COMMAND, event->data,
                  event->data_len);
        break;
    default: break;
    }
}

static void connect_mqtt(void) {
    static char will[MOTCUA_PAYLOAD];
    motcua_status(&device, now(), "lost", will);
    esp_mqtt_client_config_t config = {
        .broker.address.uri = CONFIG_MOTCUA_BROKER, /* mqtts://host:8883 */
        .credentials.username = SITE "." DEVICE,
        .credentials.client_id = SITE "." DEVICE,
        .credentials.authentication.password = CONFIG_MOTCUA_SECRET,
        .session.keepalive = 10,
        .session.last_will = {.topic = OWN "status", .msg = will, .qos = 1, .retain = 1},
        .buffer.size = 2048,
    };
    client = esp_mqtt_client_init(&config);
    esp_mqtt_client_register_event(client, ESP_EVENT_ANY_ID, on_mqtt, NULL);
    esp_mqtt_client_start(client);
}

/* ---- the main loop ---- */

static void press(int key) {
    static uint64_t last;
    motcua_now at = now();
    if (at.up_ms - last < BOUNCE_MS) return;
    last = at.up_ms;
    char body[96];
    uint8_t id[16];
    esp_fill_random(id, sizeof id);
    snprintf(body, sizeof body, "\"type\":\"rating.pressed\",\"level\":\"%s\",\"counter\":\"%s\",\"channel\":\"button\"",
             LEVELS[key], CONFIG_MOTCUA_COUNTER);
    if (motcua_say(&device, at, id, body) == 0) gpio_set_level(LAMP, 1); /* đã ghi nhận */
}

static void identify(void) { gpio_set_level(LAMP, 1); }

static void take(message *m) {
    switch (m->kind) {
    case PRESSED: press(m->key); break;
    case CONNECTED: motcua_connected(&device, now()); break;
    case LOST: motcua_lost(&device); break;
    case ACK: motcua_heard_ack(&device, now(), m->text, (size_t)m->length); break;
    case COMMAND:
        if (motcua_heard_command(&device, now(), m->text, (size_t)m->length) == MOTCUA_IDENTIFY) identify();
    }
    free(m->text);
}

static void send_what_is_due(void) {
    static motcua_letter letter;
    static char topic[sizeof OWN + 8];
    while (motcua_next(&device, now(), &letter)) {
        snprintf(topic, sizeof topic, OWN "%s", letter.channel);
        /* -1: no connection any more, -2: its outbox is full; either way later. */
        if (esp_mqtt_client_enqueue(client, topic, letter.payload, 0, 1, letter.retain, true) < 0) return;
        motcua_sent(&device, now(), &letter);
    }
}

static void begin_keys(void) {
    gpio_set_direction(LAMP, GPIO_MODE_OUTPUT);
    gpio_install_isr_service(0);
    for (int key = 0; key < 5; key++) {
        gpio_config_t config = {.pin_bit_mask = 1ull << KEYS[key], .mode = GPIO_MODE_INPUT,
                                .pull_up_en = GPIO_PULLUP_ENABLE, .intr_type = GPIO_INTR_NEGEDGE};
        gpio_config(&config);
        gpio_isr_handler_add(KEYS[key], on_key, (void *)(intptr_t)key);
    }
}

static void on_wifi(void *arg, esp_event_base_t base, int32_t id, void *data) {
    (void)arg, (void)base, (void)data;
    if (id == WIFI_EVENT_STA_START || id == WIFI_EVENT_STA_DISCONNECTED) esp_wifi_connect();
}

static void begin_wifi(void) {
    ESP_ERROR_CHECK(nvs_flash_init());
    ESP_ERROR_CHECK(esp_netif_init());
    ESP_ERROR_CHECK(esp_event_loop_create_default());
    esp_netif_create_default_wifi_sta();
    wifi_init_config_t init = WIFI_INIT_CONFIG_DEFAULT();
    ESP_ERROR_CHECK(esp_wifi_init(&init));
    ESP_ERROR_CHECK(esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_wifi, NULL));
    wifi_config_t config = {.sta = {.ssid = CONFIG_MOTCUA_WIFI, .password = CONFIG_MOTCUA_WIFI_SECRET}};
    ESP_ERROR_CHECK(esp_wifi_set_mode(WIFI_MODE_STA));
    ESP_ERROR_CHECK(esp_wifi_set_config(WIFI_IF_STA, &config));
    ESP_ERROR_CHECK(esp_wifi_start());
    /* Not waited for: without a clock `up_ms` places the presses. */
    esp_sntp_config_t sntp = ESP_NETIF_SNTP_DEFAULT_CONFIG(CONFIG_MOTCUA_SNTP);
    esp_netif_sntp_init(&sntp);
}

void app_main(void) {
    messages = xQueueCreate(32, sizeof(message));
    begin();
    begin_keys(); /* before the network: a press is taken as soon as there is power */
    begin_wifi();
    connect_mqtt();
    for (uint64_t lit_at = 0;;) {
        message m;
        if (xQueueReceive(messages, &m, pdMS_TO_TICKS(100))) {
            take(&m);
            lit_at = now().up_ms;
        } else if (now().up_ms - lit_at > LAMP_MS) {
            gpio_set_level(LAMP, 0);
        }
        send_what_is_due();
    }
}
