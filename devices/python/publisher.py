#!/usr/bin/env python3
"""A device that loses nothing, in as few lines as that takes (docs/devices.md). Needs paho-mqtt 2.

usage: publisher.py HOST PORT SITE KIND DEVICE JOURNAL

One happening a line on stdin, without its envelope: {"type":"rating.pressed","level":"satisfied"}.
`taken BOOT SEQ` on stdout says that the disk has it: only now tell the person "đã ghi nhận".
"""
import json, os, sys, threading, time, uuid
from datetime import datetime, timezone
import paho.mqtt.client as mqtt

host, port, site, kind, device, path = sys.argv[1:7]
own, boot, born = f"motcua/v1/{site}/{kind}/{device}", uuid.uuid4().hex, time.monotonic()
heartbeat_s = int(os.environ.get("HEARTBEAT_S", "30"))
lock, kept, progress = threading.RLock(), {}, time.monotonic()  # (boot, seq) -> the event as it is sent

def clock():
    return {"ts": datetime.now(timezone.utc).isoformat(timespec="milliseconds"), "up_ms": int((time.monotonic() - born) * 1000)}

def status(state):
    return json.dumps({"state": state, "boot": boot, **clock()})

def rewrite():  # the journal with what is kept and nothing else: all of it or none
    with open(path + ".new", "w") as new:
        new.writelines(line + "\n" for line in kept.values())
        new.flush(), os.fsync(new.fileno())
    os.replace(path + ".new", path)
    return open(path, "a")

def send(keys):  # the broker's answer (PUBACK) is no promise: only `ack` takes an event out of `kept`
    for key in keys:
        client.publish(own + "/evt", kept[key], qos=1)

def connected(client, _userdata, _flags, reason, _properties):
    with lock:
        if not reason.is_failure:
            client.subscribe([(own + "/ack", 1), (own + "/cmd", 1)])
            client.publish(own + "/meta", json.dumps({"model": "publisher.py", "heartbeat_s": heartbeat_s}), 1, True)
            client.publish(own + "/status", status("ready"), 1, True)  # before events: it tells our clock
            send(kept)

def heard(client, _userdata, message):
    global journal, progress
    word = json.loads(message.payload)
    with lock:
        if message.topic.endswith("/ack"):
            upto = {one["boot"]: one["seq"] for one in [*word.get("older", []), word]}
            for key in [key for key in kept if key[1] <= upto.get(key[0], 0)]:
                del kept[key]
                progress = time.monotonic()
            if not kept and journal.tell() > 65536:
                journal = rewrite()
        # `exp` is for commands that would do harm late: by a clock that is ahead all have expired
        elif word["type"] in ("replay", "rebirth") or datetime.fromisoformat(word["exp"].replace("Z", "+00:00")) > datetime.now(timezone.utc):
            asked = [(word["boot"], seq) for seq in range(word["from_seq"], word["to_seq"] + 1)] if word["type"] == "replay" else []
            send([key for key in asked if key in kept])
            if word["type"] == "rebirth":
                client.publish(own + "/status", status("ready"), 1, True)
            missing = sum(key not in kept for key in asked)
            client.publish(own + "/done", json.dumps({"id": word["id"], "ok": True, "missing": missing}), 1)

def beat():
    global progress
    while True:
        time.sleep(heartbeat_s)
        with lock:
            client.publish(own + "/status", status("ready"), 1, True)
            if kept and client.is_connected() and time.monotonic() - progress > 2 * heartbeat_s:
                progress = time.monotonic()  # nothing is acknowledged: everything once more
                send(kept)

for line in open(path) if os.path.exists(path) else []:
    if line.endswith("\n"):  # a power cut may have torn the last one: nobody was told "taken"
        kept[json.loads(line)["boot"], json.loads(line)["seq"]] = line.rstrip("\n")
journal = rewrite()
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"{site}.{device}", protocol=mqtt.MQTTv5)
if "MOTCUA_MQTT_PASSWORD" in os.environ:
    client.username_pw_set(f"{site}.{device}", os.environ["MOTCUA_MQTT_PASSWORD"])
client.will_set(own + "/status", status("lost"), 1, True)
client.on_connect, client.on_message = connected, heard
client.max_queued_messages_set(100_000)
client.reconnect_delay_set(1, 30)
client.connect_async(host, int(port), keepalive=10)
client.loop_start()
threading.Thread(target=beat, daemon=True).start()
for seq, line in enumerate(sys.stdin, 1):
    event = json.dumps({"id": str(uuid.uuid4()), "boot": boot, "seq": seq, **clock(), **json.loads(line)})
    with lock:
        journal.write(event + "\n")
        journal.flush(), os.fsync(journal.fileno())
        kept[boot, seq] = event
        print("taken", boot, seq, flush=True)
        send([(boot, seq)])
while kept:  # the end of the input: wait until the collector has everything
    time.sleep(0.05)
client.publish(own + "/status", status("disconnected"), 1, True).wait_for_publish(5)
client.disconnect()
