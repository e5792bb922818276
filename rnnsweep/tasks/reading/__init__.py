"""The files of users: found, unpacked, read and checked, with the place of every fault."""
