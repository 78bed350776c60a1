"""Who is resident, who waits, who leaves: decided here, executed by workers.

`scheduler`, `slot` and `ledger` are plain data and pure decisions; `pool` carries them out.
"""
