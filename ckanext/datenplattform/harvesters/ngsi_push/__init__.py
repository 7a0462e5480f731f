"""Push: a broker of NGSI-LD or NGSIv2 tells new values by itself.

`subscription` registers, renews and cancels it at the broker; `receiving` makes rows of what the broker tells; `views` is the address
that it tells it to; `model` what is remembered.
"""
