"""Three libtorrent DHT nodes on 127.0.0.1, driven by lines of JSON on stdin.

{"do": "get", "key": hex, "seq": n} -> {"value": hex, "seq": n}; waits for that seq for 10 s
{"do": "put", "seed": hex, "key": hex, "value": hex} -> {"stored": n, "seq": n}
The first line printed is {"ports": [...]}.
"""

import hashlib
import json
import socket
import sys
import time

import libtorrent as lt


def free_port():
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
    probe.close()
    return port


def start(port):
    return lt.session(
        {
            "listen_interfaces": "127.0.0.1:%d" % port,
            "enable_dht": True,
            "enable_lsd": False,
            "enable_upnp": False,
            "enable_natpmp": False,
            "dht_bootstrap_nodes": "",
            "dht_restrict_routing_ips": False,
            "dht_restrict_search_ips": False,
            "dht_ignore_dark_internet": False,
            "dht_enforce_node_id": False,
            "alert_mask": lt.alert.category_t.dht_notification
            | lt.alert.category_t.dht_operation_notification,
        }
    )


def alerts(session, kind, seconds):
    end = time.time() + seconds
    while time.time() < end:
        session.wait_for_alert(200)
        for alert in session.pop_alerts():
            if isinstance(alert, kind):
                yield alert


def expand(seed):
    digest = bytearray(hashlib.sha512(seed).digest())
    digest[0] &= 248
    digest[31] = (digest[31] & 63) | 64
    return bytes(digest)


def get(session, key, seq):
    session.dht_get_mutable_item(key, b"")
    newest = {"value": None, "seq": 0}
    for alert in alerts(session, lt.dht_mutable_item_alert, 10):
        if alert.seq > newest["seq"]:
            newest = {"value": alert.item["value"].hex(), "seq": alert.seq}
        # libtorrent calls a result final only after all time-outs of its walk.
        if newest["seq"] >= seq:
            break
    return newest


def put(session, seed, key, value):
    session.dht_put_mutable_item(expand(seed), key, value, b"")
    for alert in alerts(session, lt.dht_put_alert, 10):
        return {"stored": alert.num_success, "seq": alert.seq}
    return {"stored": 0, "seq": 0}


def main():
    ports = [free_port() for _ in range(3)]
    sessions = [start(port) for port in ports]
    for session in sessions:
        for port in ports:
            session.add_dht_node(("127.0.0.1", port))
    end = time.time() + 10
    while time.time() < end and min(s.status().dht_nodes for s in sessions) < 2:
        time.sleep(0.1)
    print(json.dumps({"ports": ports, "nodes": [s.status().dht_nodes for s in sessions]}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        key = bytes.fromhex(order["key"])
        if order["do"] == "get":
            answer = get(sessions[2], key, order["seq"])
        else:
            seed = bytes.fromhex(order["seed"])
            answer = put(sessions[2], seed, key, bytes.fromhex(order["value"]))
        print(json.dumps(answer), flush=True)


main()
