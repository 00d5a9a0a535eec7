#!/usr/bin/python3
"""A camera that asks for user and password: camera.py FILE PORT USER PASSWORD-FILE.

Serves FILE (H.264 in MP4) as rtsp://127.0.0.1:PORT/cam, with digest authentication; says `ready` when it listens.
"""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

file, port, user, secret = sys.argv[1:5]
with open(secret, encoding="utf-8") as text:
    password = text.readline().rstrip("\n")
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)

auth = GstRtspServer.RTSPAuth()
auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "viewer")
auth.add_digest(user, password, token)
server.set_auth(auth)

factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f'( filesrc location="{file}" ! qtdemux ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1 )'
)
factory.set_shared(True)
permissions = GstRtspServer.RTSPPermissions()
permissions.add_permission_for_role("viewer", "media.factory.access", True)
permissions.add_permission_for_role("viewer", "media.factory.construct", True)
factory.set_permissions(permissions)
server.get_mount_points().add_factory("/cam", factory)

if server.attach(None) == 0:
    sys.exit("camera.py: cannot listen on 127.0.0.1:" + port)
print("ready", flush=True)
GLib.MainLoop().run()
