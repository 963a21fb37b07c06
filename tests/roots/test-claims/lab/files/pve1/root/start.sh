#!/bin/sh
for vmid in 101 102; do
    qm start "$vmid"
done
