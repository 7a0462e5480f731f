"""Real source servers for the demo and the tests.

- ``sensorthings``: an OGC SensorThings 1.1 server; ``seed_sensorthings`` and ``live`` fill it with what
  ``synthetic`` makes up.
- ``mosquitto``: an MQTT broker; ``lorawan_live`` sends it the uplinks of the LoRaWAN sensors in ``lorawan``.
- ``mapserver``: a WFS 2.0 / WMS 1.3 server (MapServer) on the layers of ``mapserver_data``.
- ``fault``: a server that misbehaves in every way a source can, for tests only.
- ``fixtures``: the pytest fixtures.

All but ``fixtures`` need the standard library only, because ``bin/demo`` uses them before anything is
installed. All data lies below the folder the caller names, so that demo and tests run side by side.
"""
