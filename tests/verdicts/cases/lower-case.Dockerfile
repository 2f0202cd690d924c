from scratch as a
user 1
