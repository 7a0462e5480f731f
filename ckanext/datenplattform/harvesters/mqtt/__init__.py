"""MQTT: a consumer that runs all the time and writes what sensors publish into series. No harvest type like the others: the
*source* and its datasets are those of the room, the rows come by themselves.

`formats` reads messages, `series` makes rows, `keeping` writes them, `link` is the connection, `consumer` the loop around it.
A message is acknowledged after its rows are committed, so that a consumer, a broker or a database that dies loses none; the same
message twice is one row.
"""
