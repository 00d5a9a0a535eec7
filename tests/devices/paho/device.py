"""A bought device in Python: sends prepared events by the contract with paho-mqtt.

usage: device.py HOST PORT SITE FILE {3.1.1|5}

FILE holds one `topic<TAB>payload` a line, all of one device, `seq` from 1. The device has a will,
a birth and a window: it sends on only as the collector's `ack` says that its events are durable,
and ends when the last one is.
"""

import json
import sys
import threading
from datetime import datetime, timezone

import paho.mqtt.client as mqtt

WINDOW = 2000
SILENCE_S = 60


def main():
    host, port, site, file, version = sys.argv[1:6]
    with open(file, encoding="utf-8") as lines:
        letters = [line.rstrip("\n").split("\t", 1) for line in lines]
    own = letters[0][0].rsplit("/", 1)[0]
    boot = json.loads(letters[0][1])["boot"]
    progress = threading.Condition()
    state = {"acknowledged": 0, "connected": False}

    def status(word):
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        return json.dumps({"state": word, "ts": now, "boot": boot})

    def connected(client, _userdata, _flags, reason, _properties=None):
        client.subscribe(own + "/ack", qos=1)
        client.publish(own + "/status", status("ready"), qos=1, retain=True)
        with progress:
            state["connected"] = not getattr(reason, "is_failure", reason != 0)
            progress.notify()

    def heard(_client, _userdata, message):
        ack = json.loads(message.payload)
        with progress:
            if ack["boot"] == boot:
                state["acknowledged"] = max(state["acknowledged"], ack["seq"])
                progress.notify()

    protocol = {"3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}[version]
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"{site}.bought", protocol=protocol)
    client.max_inflight_messages_set(200)
    client.on_connect, client.on_message = connected, heard
    client.will_set(own + "/status", status("lost"), qos=1, retain=True)
    client.connect(host, int(port))
    client.loop_start()

    def wait_for(condition, what):
        with progress:
            if not progress.wait_for(condition, timeout=SILENCE_S):
                sys.exit(f"waited {SILENCE_S} s for {what}: {state}")

    wait_for(lambda: state["connected"], "the broker")
    for sent, (topic, payload) in enumerate(letters):
        if sent % 100 == 0:
            wait_for(lambda: sent - state["acknowledged"] < WINDOW, "acknowledgements")
        client.publish(topic, payload, qos=1)
    wait_for(lambda: state["acknowledged"] >= len(letters), "the last acknowledgement")
    client.disconnect()
    client.loop_stop()
    print(json.dumps({"client": "paho-mqtt", "mqtt": version, "acknowledged": state["acknowledged"]}))


main()
