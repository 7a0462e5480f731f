"""What every room builds on: municipality settings, guarded HTTP client, errors, signals. No plugin of its own.

Any room may import any module from here. Nothing here imports another room.
"""
